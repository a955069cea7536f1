package import HTTP

/// The right to answer one request, once, at any later time on the loop.
///
/// Answering twice, or when the client is gone, does nothing. A request whose handle is dropped without an answer keeps its
/// connection waiting until the client gives up: always answer.
package struct ResponseHandle {
    let session: ServerSession
    let id: ServerConnection.RequestID

    /// Answers. Pipelined requests may be answered in any order.
    package func respond(_ response: HTTPResponse) { session.respond(id, response) }

    /// Whether an answer still has a connection to leave on.
    package var isConnected: Bool { session.isConnected }

    /// Calls `hook` once if the connection goes before the answer; replaces the hook set before.
    package func onClose(_ hook: @escaping () -> Void) { session.setCloseHook(id, hook) }
}
