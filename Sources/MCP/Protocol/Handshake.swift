import Bytes
import Documents

/// `initialize`: client and server agree on a revision, once for a session (revisions 2024-11-05 to 2025-11-25, "Lifecycle").
package struct Handshake: Sendable {
    package static let method = "initialize"

    package let revision: ProtocolRevision
    /// A JSON object.
    package let result: [UInt8]

    /// - Parameter server: what it says of itself.
    /// - Throws: which parameter is missing.
    init(_ params: JSONObject, _ server: Implementation, instructions: String) throws(RPCError) {
        guard let requested = params["protocolVersion"]?.string else {
            throw .invalidParams("`protocolVersion` must be text")
        }
        for name in ["capabilities", "clientInfo"] where params[name]?.object == nil {
            throw .invalidParams("`\(name)` must be an object")
        }
        let revision = ProtocolRevision.negotiated(requested)
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.pair("protocolVersion", revision.rawValue)
        json.key("capabilities")
        RequestHandler.capabilities(withHandshake: true).write(to: &json)
        json.key("serverInfo")
        server.json(revision).write(to: &json)
        json.pair("instructions", instructions)
        json.endObject()
        self.revision = revision
        result = json.bytes
    }
}
