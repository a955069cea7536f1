import Bytes

/// What each request of a revision without a handshake says of itself, in `params._meta` and, over HTTP, in headers that must say the same.
package struct Envelope: Sendable {
    static let protocolVersionKey = "io.modelcontextprotocol/protocolVersion"
    static let clientInfoKey = "io.modelcontextprotocol/clientInfo"
    static let clientCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfoKey = "io.modelcontextprotocol/serverInfo"
    package static let subscriptionIDKey = "io.modelcontextprotocol/subscriptionId"

    /// The parameter whose value stands in `Mcp-Name`, by method.
    private static let namedBy = ["tools/call": "name", "prompts/get": "name", "resources/read": "uri"]
    private static let routingHeaders = ["mcp-protocol-version", "mcp-method", "mcp-name"]

    package let revision: ProtocolRevision

    /// Whether a request has such an envelope, or at least the beginning of one.
    package static func isPresent(in request: RPCRequest) -> Bool { request.meta[protocolVersionKey] != nil }

    /// - Parameter headers: all values of a header, by its name in lower case; `nil` where the transport has none.
    /// - Throws: what is missing, what does not agree, or that the revision is not spoken here; in this order.
    package init(_ request: RPCRequest, headers: ((String) -> [String])?) throws(RPCError) {
        guard request.params["_meta"]?.object != nil else {
            throw .invalidParams(
                "params._meta must be an object with `\(Envelope.protocolVersionKey)` and `\(Envelope.clientCapabilitiesKey)`"
            )
        }
        for key in [Envelope.protocolVersionKey, Envelope.clientCapabilitiesKey] where request.meta[key] == nil {
            throw .invalidParams("params._meta lacks `\(key)`")
        }
        let version = request.meta[Envelope.protocolVersionKey]?.string
        if let headers { try Envelope.check(request, version, headers) }
        guard let version else { throw .invalidParams("`\(Envelope.protocolVersionKey)` must be text") }
        guard let revision = ProtocolRevision(rawValue: version), !revision.hasHandshake else {
            throw .unsupportedVersion(version)
        }
        self.revision = revision
    }

    private static func check(
        _ request: RPCRequest, _ version: String?, _ headers: (String) -> [String]
    ) throws(RPCError) {
        for name in routingHeaders where headers(name).count > 1 {
            throw .headerMismatch("the header \(name) stands more than once")
        }
        guard let header = headers("mcp-protocol-version").first, header == version else {
            throw .headerMismatch("the header MCP-Protocol-Version does not say what the request's _meta says")
        }
        guard headers("mcp-method").first == request.method else {
            throw .headerMismatch("the header Mcp-Method does not say what the request's `method` says")
        }
        if let parameter = namedBy[request.method], let value = request.params[parameter], !value.isNull {
            let header = headers("mcp-name").first.flatMap(HeaderText.decoded)
            guard let header, let value = value.string, header.utf8.elementsEqual(value.utf8) else {
                throw .headerMismatch("the header Mcp-Name does not say what the request's `\(parameter)` says")
            }
        }
    }
}

/// Text in a header: as it is, or `=?base64?…?=` where HTTP would not let it through.
package enum HeaderText {
    /// - Returns: `nil` for what begins like base 64 and is none, or is not UTF-8.
    package static func decoded(_ value: String) -> String? {
        guard value.hasPrefix("=?base64?"), value.hasSuffix("?="), value.utf8.count >= 11 else { return value }
        let payload = String(value.dropFirst(9).dropLast(2))
        guard let bytes = Base64.decode(payload), Base64.encode(bytes) == payload else { return nil }
        return UTF8Text.string(bytes[...])
    }
}
