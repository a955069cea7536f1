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

    /// Answers with a stream: the head now, the rest by `write`. List such requests in `HTTPServerOptions.mayStream`.
    ///
    /// - Parameters:
    ///   - head: an answer without a body, of a status that allows one.
    ///   - onEvent: what becomes of the stream; called from the loop, never from within a call to the stream. It is held until the stream
    ///     has ended.
    package func stream(
        _ head: HTTPResponse, onEvent: @escaping (ResponseStream.Event) -> Void
    ) -> ResponseStream {
        session.startStream(id, head, onEvent)
    }

    /// Whether an answer still has a connection to leave on.
    package var isConnected: Bool { session.isConnected }

    /// Calls `hook` once if the connection goes before the answer; replaces the hook set before.
    package func onClose(_ hook: @escaping () -> Void) { session.setCloseHook(id, hook) }

    /// Who holds the connection, as the handler has learned from a request; handed to `HTTPServer.onClientGone` when the client ends it.
    package var connectionTag: AnyHashable? {
        get { session.tag }
        nonmutating set { session.tag = newValue }
    }
}
