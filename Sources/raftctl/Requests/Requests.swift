import Bytes
import HTTP

extension HTTPRequestMessage {
    /// A request whose body is JSON.
    static func json(_ method: HTTPMethod, _ target: String, _ body: [UInt8], headers: [HTTPHeader] = []) -> Self {
        HTTPRequestMessage(
            method, target, headers: headers + [HTTPHeader("Content-Type", "application/json")], body: body)
    }

    /// A request to the cluster port with an object of texts and flags.
    static func administration(_ path: String, _ members: KeyValuePairs<String, JSONValue>) -> Self {
        let object = JSONObject(members.map { JSONObject.Member(key: $0.key, value: $0.value) })
        return .json(.post, path, JSONValue.object(object).encoded)
    }
}

/// Where a key is in the API.
enum KeyPath {
    static func target(_ key: String) -> String { "/v1/kv/" + RequestTarget.percentEncoded(key.utf8) }
}

/// The name of one write, the same at every attempt.
enum IdempotencyHeader {
    static func make(_ given: String?) -> HTTPHeader { HTTPHeader("Idempotency-Key", given ?? random()) }

    /// Whether it may stand in the header: 1 to 255 visible ASCII characters.
    static func isValid(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func random() -> String {
        var system = SystemRandomNumberGenerator()
        return Hex.encode(system.next() as UInt64) + Hex.encode(system.next() as UInt64)
    }
}
