/// The value of If-Match or If-None-Match (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2).
enum EntityTags: Equatable {
    struct Tag: Equatable {
        let isWeak: Bool
        /// `nil` for a tag that no version of ours ever bears: it matches nothing.
        let revision: UInt64?
    }

    case any
    case list([Tag])

    /// Reads all header lines of one name; `nil` when there is none.
    /// - Throws: 400 when a line is not a list of entity tags.
    init?(_ lines: [String], header: String) throws(Refused) {
        guard !lines.isEmpty else { return nil }
        let text = lines.joined(separator: ",")
        if text.utf8.elementsEqual("*".utf8) {
            self = .any
            return
        }
        var rest = Array(text.utf8)[...]
        var tags: [Tag] = []
        while let tag = EntityTags.readTag(&rest) { tags.append(tag) }
        guard rest.isEmpty, !tags.isEmpty else {
            throw .badRequest("invalid_precondition", "\(header) is `*` or a list of quoted entity tags, not `\(text)`")
        }
        self = .list(tags)
    }

    /// Weak comparison: what matters is whether the content is the same.
    func matchesWeakly(_ revision: UInt64) -> Bool {
        switch self {
        case .any: true
        case .list(let tags): tags.contains { $0.revision == revision }
        }
    }

    /// Takes one tag and the comma before the next off `rest`; `nil` at the end or where none stands.
    private static func readTag(_ rest: inout ArraySlice<UInt8>) -> Tag? {
        var input = rest
        input = input.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
        let isWeak = input.starts(with: "W/".utf8)
        if isWeak { input = input.dropFirst(2) }
        guard input.first == UInt8(ascii: "\""), let end = input.dropFirst().firstIndex(of: UInt8(ascii: "\"")) else {
            if input.isEmpty { rest = input }
            return nil
        }
        let opaque = input[(input.startIndex + 1)..<end]
        rest = input[(end + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard rest.isEmpty || rest.first == UInt8(ascii: ",") else {
            rest = input
            return nil
        }
        return Tag(isWeak: isWeak, revision: canonicalRevision(opaque))
    }

    private static func canonicalRevision(_ digits: ArraySlice<UInt8>) -> UInt64? {
        let text = String(decoding: digits, as: UTF8.self)
        guard let number = UInt64(text), String(number) == text else { return nil }
        return number
    }
}
