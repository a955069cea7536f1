import HTTP
import MCP
import Raft
import StateMachine
import Storage

extension Name {
    /// Of the session log of a client that names none. Not made of its session's id, which is secret: who knows the log must not have the
    /// session.
    static func ofOwnLog() -> [UInt8] { Array("mcp-\(RandomID.random())".utf8) }
}

extension HTTPRequest {
    /// `X-MCP-Session-Id`: the session log of this request, or of a session that begins with it.
    /// - Throws: that it is no name.
    func sessionLog() throws(RPCError) -> [UInt8]? {
        let values = headers.all("x-mcp-session-id")
        guard let value = values.first else { return nil }
        guard values.count == 1, let text = HeaderText.decoded(value) else {
            throw .headerMismatch("X-MCP-Session-Id stands more than once, or is not well encoded")
        }
        let name = Array(text.utf8)
        do {
            try Name.validate(name)
        } catch {
            throw .headerMismatch("X-MCP-Session-Id \(error)")
        }
        return name
    }
}
