/// Reads requests by the grammar of RFC 9112 alone, from bytes that are all there: slow, simple, without a line of what it judges.
struct StrictReader {
    struct Violation: Error {
        let reason: String
    }

    private var rest: ArraySlice<UInt8>

    /// Checks that `requests` are what `bytes` begin with.
    /// - Parameter isAtEnd: nothing follows them but an empty line.
    static func check(_ requests: [SeenRequest], in bytes: [UInt8], isAtEnd: Bool) throws {
        var reader = StrictReader(rest: bytes[...])
        for request in requests {
            let strict: SeenRequest
            do throws(Violation) {
                strict = try reader.request()
            } catch {
                throw BrokenPromise("accepted, though \(error.reason): \(request)")
            }
            try promiseEqual(request, strict, "RFC 9112 reads another request")
        }
        if isAtEnd { try promise(reader.rest.isEmpty, "the requests end \(reader.rest.count) bytes before the input") }
    }

    private mutating func request() throws(Violation) -> SeenRequest {
        if rest.starts(with: "\r\n".utf8) { rest = rest.dropFirst(2) }
        var request = SeenRequest()
        let parts = try line().split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        try require(parts.count == 3, "a request line has \(parts.count) parts")
        request.method = Array(parts[0])
        try require(!parts[0].isEmpty && parts[0].allSatisfy(Self.isTokenByte), "the method is no token")
        try require(
            !parts[1].isEmpty && parts[1].allSatisfy { (0x21...0x7E).contains($0) }, "the target is not visible")
        request.target = try target(parts[1])
        let version = String(decoding: parts[2], as: UTF8.self)
        try require(["HTTP/1.1", "HTTP/1.0"].contains(version), "the version is \(version)")
        request.isHTTP11 = version == "HTTP/1.1"
        request.fields = try fields()
        request.body = try body(of: request)
        request.keepAlive = keepsAlive(request)
        return request
    }

    /// Path and query (section 3.2): of `http://host/path?query` what stands behind the host.
    private func target(_ sent: ArraySlice<UInt8>) throws(Violation) -> [UInt8] {
        try require(!sent.contains(UInt8(ascii: "#")), "a fragment stands in the target")
        if sent.first == UInt8(ascii: "/") || sent.elementsEqual("*".utf8) { return Array(sent) }
        try require(
            String(decoding: sent.prefix(7), as: UTF8.self).lowercased() == "http://", "the target has no known form")
        let behind = sent.dropFirst(7)
        let end = behind.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? behind.endIndex
        try require(end > behind.startIndex, "the target has no host")
        let path = Array(behind[end...])
        return path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path
    }

    /// Up to the empty line.
    private mutating func fields() throws(Violation) -> [SeenRequest.Field] {
        var fields: [SeenRequest.Field] = []
        while true {
            let line = try line()
            if line.isEmpty { return fields }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw Violation(reason: "a field has no colon")
            }
            let name = line[..<colon]
            try require(!name.isEmpty && name.allSatisfy(Self.isTokenByte), "a field's name is no token")
            let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
            let value = line[(colon + 1)...].drop(while: isBlank)
            let kept = value.lastIndex { !isBlank($0) }.map { value[...$0] } ?? []
            try require(
                kept.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a field's value holds a control character")
            fields.append(
                SeenRequest.Field(
                    name: String(decoding: name, as: UTF8.self), value: String(decoding: kept, as: UTF8.self)))
        }
    }

    /// Section 6: one length of one kind, or none.
    private mutating func body(of request: SeenRequest) throws(Violation) -> [UInt8] {
        let hosts = values("host", of: request)
        try require(hosts.count == 1 || (hosts.isEmpty && !request.isHTTP11), "Host stands \(hosts.count) times")
        let lengths = values("content-length", of: request)
        let codings = values("transfer-encoding", of: request)
        try require(lengths.count + codings.count <= 1, "the length is told more than once")
        if let coding = codings.first {
            try require(request.isHTTP11, "HTTP/1.0 knows no transfer codings")
            try require(coding.lowercased() == "chunked", "the transfer coding is \(coding)")
            return try chunks()
        }
        guard let length = lengths.first else { return [] }
        try require(!length.isEmpty && length.utf8.allSatisfy { (0x30...0x39).contains($0) }, "the length is \(length)")
        guard let count = Int(length), count <= rest.count else { throw Violation(reason: "the body is cut off") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Section 7.1.
    private mutating func chunks() throws(Violation) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try line()
            let digits = line.prefix { $0 != UInt8(ascii: ";") }
            try require(line.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a chunk's line holds a control")
            let text = String(decoding: digits, as: UTF8.self)
            try require(digits.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }, "a size has a sign")
            guard let size = Int(text, radix: 16) else { throw Violation(reason: "a chunk's size is \(text)") }
            if size == 0 { break }
            guard size <= rest.count else { throw Violation(reason: "a chunk is cut off") }
            body += rest.prefix(size)
            rest = rest.dropFirst(size)
            try require(try self.line().isEmpty, "a chunk does not end where its size says")
        }
        // discarded: trailers are only checked; nobody uses them
        _ = try fields()
        return body
    }

    private func keepsAlive(_ request: SeenRequest) -> Bool {
        let options = values("connection", of: request).flatMap { $0.split(separator: ",") }.map {
            String($0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }).lowercased()
        }
        return !options.contains("close") && (request.isHTTP11 || options.contains("keep-alive"))
    }

    private func values(_ name: String, of request: SeenRequest) -> [String] {
        request.fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// A line without its CR LF; neither stands in it.
    private mutating func line() throws(Violation) -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(of: 0x0A), end > rest.startIndex, rest[end - 1] == 0x0D else {
            throw Violation(reason: "a line does not end in CR LF")
        }
        let line = rest[..<(end - 1)]
        try require(!line.contains(0x0D), "a line holds a bare CR")
        rest = rest[(end + 1)...]
        return line
    }

    private func require(_ condition: Bool, _ violation: @autoclosure () -> String) throws(Violation) {
        if !condition { throw Violation(reason: violation()) }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
