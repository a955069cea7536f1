import CLibUV
import Glibc

/// Writing. What one turn writes leaves at its end with one `writev`. If the socket does not take it all, libuv is
/// given a piece of the rest and tells when that is sent; then the whole queue is tried again.
extension TCPConnection {
    /// What libuv is given at once, and so what has to be copied.
    private static let pieceByteCount = 256 * 1024

    /// Bytes written and not yet taken by the kernel.
    package var pendingBytes: Int { outgoing.byteCount }

    /// At this many pending bytes the connection is congested, below a quarter of them it no longer is. 1 MiB unless set.
    package var highWaterMark: Int {
        get { outgoing.highWaterMark }
        set { outgoing.highWaterMark = newValue }
    }

    /// The peer is slower than the writer: `highWaterMark` or more is pending, or was and has not fallen below a quarter of it since.
    /// Writing is still possible; whoever can wait does so until ``TCPConnectionDelegate/drained(_:)``.
    package var isCongested: Bool { outgoing.isCongested }

    /// Queues bytes to be sent at the end of this turn. Does nothing once the connection is closed or about to be.
    package func write(_ bytes: [UInt8]) {
        guard !isClosed, outgoing.ending == nil, !bytes.isEmpty else { return }
        outgoing.queue.append(bytes)
        if pendingBytes >= highWaterMark { outgoing.isCongested = true }
        scheduleFlush()
    }

    /// Tells the peer that nothing more follows, when everything written is sent. Reading goes on.
    package func shutdownAfterWrites() {
        end(with: .shutdown)
    }

    /// Closes when everything written is sent, however long the peer takes. Beware that the kernel resets a connection
    /// closed with unread bytes, and what was sent may be lost on the peer: if that matters, shut down, read to the
    /// end, then close.
    package func closeAfterWrites() {
        end(with: .close)
    }

    private func end(with ending: Outgoing.Ending) {
        // Closing includes shutting down; neither happens twice.
        guard !isClosed, outgoing.ending != .close, outgoing.ending != ending else { return }
        outgoing.ending = ending
        scheduleFlush()
    }

    private func scheduleFlush() {
        // While a piece is under way the socket is full: its completion comes back here.
        guard !outgoing.isDirty, outgoing.inFlight == nil else { return }
        outgoing.isDirty = true
        loop.flushAtTurnEnd(self)
    }

    /// Sends what the socket takes. Called by the loop at the end of the turn.
    func flush() {
        outgoing.isDirty = false
        while !isClosed, !outgoing.queue.isEmpty {
            var (offered, written) = outgoing.queue.withBuffers { buffers, count in
                uv_try_write(clibuv_stream(handle.pointer), buffers, count)
            }
            if written == -EAGAIN { written = 0 }
            guard written >= 0 else { return fail(written, "write to") }
            outgoing.queue.removeFirst(Int(written))
            if written < offered {
                sendPiece()
                break
            }
        }
        relieveCongestion()
        finishIfAllSent()
    }

    /// Gives libuv the next piece of the queue to send when the socket has room.
    private func sendPiece() {
        let piece = Outgoing.Piece(
            request: .allocate(capacity: 1),
            bytes: outgoing.queue.takeFirst(atMost: Self.pieceByteCount)
        )
        let base = piece.bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        var buffer = uv_buf_t(base: base, len: piece.bytes.count)
        let status = uv_write(piece.request, clibuv_stream(handle.pointer), &buffer, 1) { request, status in
            withOwner(of: request?.pointee.handle) { (connection: TCPConnection) in connection.pieceSent(status) }
        }
        guard status == 0 else {
            piece.deallocate()
            return fail(status, "write to")
        }
        outgoing.inFlight = piece
    }

    /// libuv gives the piece back: sent, failed, or cancelled by our closing, which comes before the close callback.
    private func pieceSent(_ status: Int32) {
        outgoing.inFlight?.deallocate()
        outgoing.inFlight = nil
        guard !isClosed else { return }
        guard status == 0 else { return fail(status, "write to") }
        scheduleFlush()
        relieveCongestion()
    }

    private func relieveCongestion() {
        guard !isClosed, outgoing.isCongested, pendingBytes < highWaterMark / 4 else { return }
        outgoing.isCongested = false
        delegate?.drained(self)
    }

    private func finishIfAllSent() {
        guard !isClosed, pendingBytes == 0, let ending = outgoing.ending else { return }
        switch ending {
        case .close: close()
        case .shutdown: shutdown()
        }
    }

    /// libuv has nothing under way here, so the socket can be told directly.
    private func shutdown() {
        guard Glibc.shutdown(descriptor, Int32(SHUT_WR)) == 0 else {
            return fail(-errno, "shut down the connection to")
        }
    }
}
