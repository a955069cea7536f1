import HTTP

/// An answer that is written bit by bit, on the loop.
///
/// Back-pressure is the writer's: write while `isWritable`, then wait for `Event.writable`. What is written nevertheless is kept, and
/// sent when the client takes it; so one last word may always be written. A client that takes nothing for
/// `HTTPServerOptions.writeStallMilliseconds` is `stalled`, and after as long again its connection is reset.
package struct ResponseStream {
    /// What becomes of a stream that is open. None comes after `end()` or `abort()`.
    package enum Event {
        /// It was not writable, and is.
        case writable
        /// The client has taken nothing for long.
        case stalled
        /// The client has sent its last byte. It may be gone, which shows only in what is written to it.
        case clientEnded
        /// The server stops: the stream is to come to its end.
        case serverStops
        /// The connection is gone. The last event.
        case closed
    }

    let session: ServerSession
    let id: ServerConnection.RequestID

    /// Whether what is written can still reach the client.
    package var isOpen: Bool { session.isOpen(id) }

    /// Whether more should be written: its turn has come, and less than `HTTPServerOptions.streamBytes` wait for the client.
    package var isWritable: Bool { session.isWritable(id) }

    /// Bytes that wait for the client: at most `HTTPServerOptions.streamBytes` and one write, as long as only a writable stream is written to.
    package var pendingBytes: Int { session.pendingBytes }

    /// Writes; nothing once the stream is closed.
    package func write(_ bytes: [UInt8]) { session.write(id, bytes) }

    /// Ends the stream as a whole: the client can tell.
    package func end() { session.endStream(id) }

    /// Breaks it off: the client can tell that it is not whole. Costs the connection.
    package func abort() { session.abortStream(id) }
}
