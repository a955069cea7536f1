import HTTP
import Reactor

/// Streams: who is told what, and when.
extension ServerSession {
    /// A stream that is open.
    struct OpenStream {
        let onEvent: (ResponseStream.Event) -> Void
        /// Whoever writes waits to be told that it is writable.
        var isWaiting = false
        var wasCalledStalled = false
    }

    func startStream(
        _ id: ServerConnection.RequestID, _ head: HTTPResponse, _ onEvent: @escaping (ResponseStream.Event) -> Void
    ) -> ResponseStream {
        let stream = ResponseStream(session: self, id: id)
        guard isConnected, connection.startStream(id, head, now: server.loop.nowNanoseconds) else {
            server.loop.defer { onEvent(.closed) }
            return stream
        }
        server.counters.count(head.status)
        closeHooks[id] = nil
        if connection.isOpen(id) {
            tcp.highWaterMark = server.options.streamBytes
            streams[id] = OpenStream(onEvent: onEvent)
            if isDraining { server.loop.defer { [self] in tell(.serverStops, to: id) } }
        } else {
            server.loop.defer { onEvent(.closed) }
        }
        if !isHandling { settle() }
        streams[id]?.isWaiting = !isWritable(id)
        return stream
    }

    func isOpen(_ id: ServerConnection.RequestID) -> Bool { isConnected && connection.isOpen(id) }

    func isWritable(_ id: ServerConnection.RequestID) -> Bool {
        isConnected && !tcp.isCongested && pendingBytes < server.options.streamBytes && connection.isWritable(id)
    }

    var pendingBytes: Int { tcp.pendingBytes + connection.outputBytes }

    func write(_ id: ServerConnection.RequestID, _ bytes: [UInt8]) {
        guard isConnected, connection.write(id, bytes) else { return }
        if !isHandling { settle() }
        if !isWritable(id) { streams[id]?.isWaiting = true }
    }

    func endStream(_ id: ServerConnection.RequestID) {
        streams[id] = nil
        guard stage == .open, connection.endStream(id, now: server.loop.nowNanoseconds) else { return }
        if !isHandling { settle() }
    }

    func abortStream(_ id: ServerConnection.RequestID) {
        guard streams.removeValue(forKey: id) != nil else { return }
        tcp.abort()
    }

    /// Looks whether a stream has become writable. Told later: this may be inside a call of whoever writes.
    func planStreamEvents() {
        guard !streams.isEmpty else { return }
        for (id, stream) in streams where stream.isWaiting && isWritable(id) {
            streams[id]?.isWaiting = false
            server.loop.defer { [self] in
                if isWritable(id) { tell(.writable, to: id) } else { streams[id]?.isWaiting = true }
            }
        }
    }

    /// - Returns: whether a stream was told for the first time that its client takes nothing.
    func tellStalled() -> Bool {
        var isFirst = false
        for id in streams.keys.sorted() where streams[id]?.wasCalledStalled == false {
            streams[id]?.wasCalledStalled = true
            isFirst = true
            tell(.stalled, to: id)
        }
        return isFirst
    }

    func tellStreams(_ event: ResponseStream.Event) {
        for id in streams.keys.sorted() { tell(event, to: id) }
    }

    /// The connection is gone.
    func closeStreams() {
        let closed = streams
        streams = [:]
        for (_, stream) in closed.sorted(by: { $0.key < $1.key }) { stream.onEvent(.closed) }
    }

    private func tell(_ event: ResponseStream.Event, to id: ServerConnection.RequestID) {
        streams[id]?.onEvent(event)
    }
}
