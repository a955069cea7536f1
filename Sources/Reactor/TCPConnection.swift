import CLibUV
import Glibc

/// A TCP connection, accepted or made. Nagle's algorithm is off: what a turn wrote leaves at the end of the turn.
///
/// It lives until its closing is complete, even when nobody refers to it. A connection that does not read and has
/// nothing to write notices nothing, the peer's going included, and does not keep the loop running.
package final class TCPConnection {
    /// Held until ``TCPConnectionDelegate/closed(_:error:)`` was delivered, then released. Set it before reading starts.
    package var delegate: (any TCPConnectionDelegate)?
    /// For the owner; released together with the delegate.
    package var context: AnyObject?
    /// The peer; nil until connected.
    package internal(set) var remoteAddress: SocketAddress?
    /// True from the moment the connection is told to close, or fails.
    package private(set) var isClosed = false

    let loop: EventLoop
    let handle: Handle<uv_tcp_t>
    /// Present while the connection is being made.
    var pendingConnection: PendingConnection?
    /// What is to be sent; see `TCPConnection+Writing.swift`.
    var outgoing = Outgoing()

    private var isReading = false
    private var hasReceivedEnd = false
    private var closingError: ReactorError?

    /// A connection without a socket, which libuv creates when it connects.
    init(on loop: EventLoop) throws(ReactorError) {
        self.loop = loop
        handle = try Handle(on: loop, for: "create a connection", uv_tcp_init)
        handle.retain(self)
        // Without a socket this is only noted, and done when there is one.
        uv_tcp_nodelay(handle.pointer, 1)
    }

    /// A connection around an accepted socket, which it owns from here on.
    convenience init(on loop: EventLoop, adopting descriptor: Int32, from remote: SocketAddress?) throws(ReactorError) {
        try self.init(on: loop)
        remoteAddress = remote
        let status = uv_tcp_open(handle.pointer, descriptor)
        guard status == 0 else {
            close()
            throw ReactorError(status: status, operation: "adopt a connection from \(peer)")
        }
    }

    /// Begins to hand what arrives to the delegate. Does nothing when reading already, at the end, or closed.
    package func startReading() {
        guard !isClosed, !isReading, !hasReceivedEnd else { return }
        precondition(delegate != nil, "reading from \(peer) needs a delegate")
        let status = uv_read_start(
            clibuv_stream(handle.pointer),
            { handle, _, buffer in
                withOwner(of: handle) { (connection: TCPConnection) in
                    let shared = connection.loop.readBuffer
                    buffer?.pointee = uv_buf_t(
                        base: shared.baseAddress?.assumingMemoryBound(to: CChar.self), len: shared.count)
                }
            },
            { handle, count, _ in
                withOwner(of: handle) { (connection: TCPConnection) in connection.read(count) }
            }
        )
        guard status == 0 else { return fail(status, "read from") }
        isReading = true
    }

    /// Leaves what arrives in the kernel, which slows the peer down.
    package func stopReading() {
        guard !isClosed, isReading else { return }
        isReading = false
        // Never fails, says its manual.
        uv_read_stop(clibuv_stream(handle.pointer))
    }

    /// Closes at once; what was not sent is dropped. The delegate hears of it later. Idempotent.
    package func close() {
        close(because: nil)
    }

    /// Closes at once with a reset, so that the peer learns that it was no regular end. Idempotent.
    package func abort() {
        guard !isClosed else { return }
        set(SO_LINGER, linger(l_onoff: 1, l_linger: 0), level: SOL_SOCKET)
        close()
    }

    /// How long sent bytes may stay unacknowledged before the connection fails with `ETIMEDOUT` (`TCP_USER_TIMEOUT`).
    /// - Parameter milliseconds: 0 for the system's default; more than 24 days are cut to that.
    package func setUserTimeout(milliseconds: UInt32) {
        guard !isClosed else { return }
        set(TCP_USER_TIMEOUT, Int32(clamping: milliseconds), level: Int32(IPPROTO_TCP))
    }

    /// Asks a silent peer for a sign of life.
    /// - Parameter seconds: the silence before the first question, 1 to 32767.
    package func enableKeepAlive(seconds: UInt32) {
        guard !isClosed else { return }
        let status = uv_tcp_keepalive(handle.pointer, 1, seconds)
        precondition(status == 0, "keep-alive after \(seconds) seconds: libuv answers \(status)")
    }

    /// The socket; -1 while there is none.
    var descriptor: Int32 {
        var descriptor: Int32 = -1
        return uv_fileno(clibuv_handle(handle.pointer), &descriptor) == 0 ? descriptor : -1
    }

    /// Closes because libuv answered `status` to an attempt to `attempt` the peer, such as "write to".
    func fail(_ status: Int32, _ attempt: String) {
        close(because: ReactorError(status: status, operation: "\(attempt) \(peer)"))
    }

    private var peer: String { remoteAddress?.description ?? "an unconnected peer" }

    private func close(because error: ReactorError?) {
        guard !isClosed else { return }
        isClosed = true
        isReading = false
        closingError = error
        outgoing.removeQueued()
        handle.close { handle in
            withOwner(of: handle) { (connection: TCPConnection) in connection.deliverClosed() }
            releaseHandle(handle)
        }
    }

    private func deliverClosed() {
        let delegate = self.delegate
        self.delegate = nil
        delegate?.closed(self, error: closingError)
        context = nil
    }

    /// What libuv read: a number of bytes, 0 for "nothing after all", or a negative status.
    private func read(_ count: Int) {
        if count > 0 {
            delegate?.received(UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]), on: self)
        } else if count == Int(UV_EOF.rawValue) {
            isReading = false
            hasReceivedEnd = true
            delegate?.receivedEnd(on: self)
        } else if count < 0 {
            fail(Int32(count), "read from")
        }
    }

    private func set<Value>(_ option: Int32, _ value: Value, level: Int32) {
        let status = withUnsafePointer(to: value) {
            setsockopt(descriptor, level, option, $0, socklen_t(MemoryLayout<Value>.size))
        }
        precondition(status == 0, "socket option \(option) to \(value): errno \(errno)")
    }
}
