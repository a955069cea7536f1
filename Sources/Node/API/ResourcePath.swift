import HTTP
import StateMachine

/// A path below a collection of named things: `/v1/sessions/NAME/entries`, or `/v1/sessions/entries?name=NAME` for a name that some proxy
/// on the way would not leave as it is.
struct ResourcePath {
    /// Undone of its percent-encoding; `nil` when the collection itself is meant.
    let name: [UInt8]?
    /// What follows the name.
    let tail: [String]

    /// - Parameter collection: such as `/v1/sessions`.
    /// - Returns: `nil` for a path outside it.
    /// - Throws: 400 for a name that is none.
    init?(_ request: HTTPRequest, in collection: String) throws(Refused) {
        guard ResourcePath.lies(request.path, in: collection) else { return nil }
        let rest = request.path.dropFirst(collection.utf8.count)
        var segments = rest.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if rest.isEmpty { segments = [] }
        if let name = try request.parameters().first("name") {
            self.name = try ResourcePath.checked(name)
        } else if let first = segments.first {
            guard let name = RequestTarget.percentDecoded(first) else {
                throw .badRequest("invalid_name", "the name is not well percent-encoded")
            }
            self.name = try ResourcePath.checked(name)
            segments.removeFirst()
        } else {
            name = nil
        }
        tail = segments.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the path is the collection's, or below it.
    static func lies(_ path: ArraySlice<UInt8>, in collection: String) -> Bool {
        guard path.starts(with: collection.utf8) else { return false }
        let rest = path.dropFirst(collection.utf8.count)
        return rest.isEmpty || rest.first == UInt8(ascii: "/")
    }

    private static func checked(_ name: [UInt8]) throws(Refused) -> [UInt8] {
        do {
            try Name.validate(name)
        } catch {
            throw .badRequest("invalid_name", "the name \(error)")
        }
        return name
    }
}
