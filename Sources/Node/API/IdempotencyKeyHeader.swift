import Bytes
import HTTP
import StateMachine

/// `Idempotency-Key`: a retry under the same key, method and path has the first outcome.
enum IdempotencyKeyHeader {
    static let longest = 255

    /// What the header of a write says; nil when there is none.
    ///
    /// - Parameter path: the path as it is meant, percent-encoding undone: a retry may spell it another way.
    /// - Throws: 400 when the header stands twice or is not 1 to 255 visible ASCII characters, quoted or bare.
    static func read(_ request: HTTPRequest, path: [UInt8]) throws(Refused) -> IdempotencyKey? {
        let lines = request.headers.all("idempotency-key")
        guard let line = lines.first else { return nil }
        guard lines.count == 1, let key = key(in: Array(line.utf8)[...]) else {
            throw .badRequest(
                "invalid_idempotency_key",
                "Idempotency-Key is 1 to \(longest) visible ASCII characters, in quotes or without, and stands once")
        }
        // Neither a method nor a key holds a space, so no two scopes look the same.
        let space = UInt8(ascii: " ")
        let scope = Array(request.methodText.utf8) + [space] + key + [space] + path
        return IdempotencyKey(scope: scope, fingerprint: fingerprint(of: request))
    }

    /// The key without its quotes; nil when it is none.
    private static func key(in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let quote = UInt8(ascii: "\"")
        let isQuoted = line.count >= 2 && line.first == quote && line.last == quote
        let key = isQuoted ? line.dropFirst().dropLast() : line
        let isVisible = key.allSatisfy { (0x21...0x7E).contains($0) && $0 != quote }
        return (1...longest).contains(key.count) && isVisible ? key : nil
    }

    /// Tells another request under the same key apart: its body or its conditions differ.
    private static func fingerprint(of request: HTTPRequest) -> UInt64 {
        var hash = FNV1a()
        hash.add(request.body)
        for header in ["if-match", "if-none-match"] {
            for line in request.headers.all(header) {
                hash.add(header.utf8)
                hash.add(line.utf8)
            }
        }
        return hash.value
    }
}
