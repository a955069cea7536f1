import CLibUV
import Glibc

/// A listening TCP socket. It lives until ``close()``, even when nobody refers to it.
///
/// The socket is ours and libuv only watches it. libuv's own listener, out of descriptors, accepts and drops whatever
/// is waiting, without a word; here the connections stay in the kernel's backlog until there is room.
package final class TCPListener {
    /// How long accepting pauses when there is no descriptor left.
    private static let pauseMilliseconds: UInt64 = 100
    /// How many connections are accepted before others have their turn.
    private static let acceptsPerTurn = 64
    /// How many such shares are accepted at the end.
    private static let turnsAtTheEnd = 64

    /// Where it listens; never with port 0.
    package let address: SocketAddress
    /// Told the reason, once, when accepting pauses; it is tried again every 100 ms.
    package var onAcceptPaused: ((ReactorError) -> Void)?

    private let loop: EventLoop
    private let descriptor: Int32
    private let handle: Handle<uv_poll_t>
    /// Nil once closed.
    private var onAccept: ((TCPConnection) -> Void)?
    /// Present while accepting pauses.
    private var retryTimer: Timer?

    /// Binds and listens. `SO_REUSEADDR` is set, so that a restart need not wait for old connections to time out;
    /// `SO_REUSEPORT` is not, so that an occupied port is an error.
    /// - Parameters:
    ///   - address: port 0 takes a free one.
    ///   - backlog: how many connections may wait to be accepted.
    ///   - onAccept: sets the connection's delegate, then starts reading, or closes it.
    /// - Throws: such as `EADDRINUSE`, with the address in the message.
    package init(
        on loop: EventLoop,
        address: SocketAddress,
        backlog: Int = 1024,
        onAccept: @escaping (TCPConnection) -> Void
    ) throws(ReactorError) {
        let descriptor = try Self.listen(at: address, backlog: backlog)
        do {
            handle = try Handle(on: loop, for: "watch the listener at \(address)") { uv_poll_init($0, $1, descriptor) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.loop = loop
        self.descriptor = descriptor
        self.onAccept = onAccept
        self.address = SocketAddress { getsockname(descriptor, $0, $1) } ?? address
        handle.retain(self)
        startAccepting()
    }

    /// Accepts what is waiting, then stops listening: whoever comes a moment later is refused, and can safely ask another node. Idempotent.
    package func finish() {
        // Bounded, though a flood goes on; what is left of it is reset.
        for _ in 0..<Self.turnsAtTheEnd where onAccept != nil && retryTimer == nil {
            guard acceptWaiting() else { break }
        }
        close()
    }

    /// Stops listening. Connections that nobody accepted are reset. Idempotent.
    package func close() {
        guard onAccept != nil else { return }
        onAccept = nil
        onAcceptPaused = nil
        retryTimer?.close()
        retryTimer = nil
        handle.close()
        Glibc.close(descriptor)
    }

    /// A bound and listening socket that neither blocks nor outlives an `exec`.
    private static func listen(at address: SocketAddress, backlog: Int) throws(ReactorError) -> Int32 {
        let operation = "listen on \(address)"
        let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(address.family, Int32(type), 0)
        guard descriptor >= 0 else { throw ReactorError(code: errno, operation: operation) }
        var on: Int32 = 1
        guard
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size)) == 0,
            address.withSockaddr({ raw, length in bind(descriptor, raw, length) }) == 0,
            Glibc.listen(descriptor, Int32(clamping: backlog)) == 0
        else {
            let error = ReactorError(code: errno, operation: operation)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private func startAccepting() {
        let status = uv_poll_start(handle.pointer, Int32(UV_READABLE.rawValue)) { handle, status, _ in
            withOwner(of: handle) { (listener: TCPListener) in listener.becameReadable(status) }
        }
        precondition(status == 0, "libuv refuses to watch an open socket: \(status)")
    }

    private func becameReadable(_ status: Int32) {
        guard status == 0 else { return pause(because: -status) }
        acceptWaiting()
    }

    /// Accepts what is waiting, up to the share of one turn; the socket stays readable if there is more.
    /// - Returns: whether there may be more.
    @discardableResult
    private func acceptWaiting() -> Bool {
        for _ in 0..<Self.acceptsPerTurn {
            guard let onAccept else { return false }
            var accepted: Int32 = -1
            let remote = SocketAddress { raw, length in
                accepted = clibuv_accept(descriptor, raw, length)
                return accepted
            }
            let code = errno
            if accepted >= 0 {
                resume()
                adopt(accepted, from: remote, onAccept)
            } else if code == EAGAIN {
                resume()
                return false
            } else if !Self.concernsOneConnection(code) {
                pause(because: code)
                return false
            }
        }
        return true
    }

    private func adopt(_ accepted: Int32, from remote: SocketAddress?, _ onAccept: (TCPConnection) -> Void) {
        do {
            onAccept(try TCPConnection(on: loop, adopting: accepted, from: remote))
        } catch {
            // libuv refuses a descriptor only when it already has it.
            preconditionFailure("cannot adopt an accepted connection: \(error)")
        }
    }

    /// Errors that Linux reports for the connection at hand (accept(2), "Error handling"); the next may be well.
    private static func concernsOneConnection(_ code: Int32) -> Bool {
        let passing = [
            ECONNABORTED, EINTR, EPERM, EPROTO, ENOPROTOOPT, EOPNOTSUPP,
            ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET,
        ]
        return passing.contains(code)
    }

    private func pause(because code: Int32) {
        if retryTimer == nil {
            uv_poll_stop(handle.pointer)
            retryTimer = Timer(on: loop) { [unowned self] in acceptWaiting() }
            onAcceptPaused?(ReactorError(code: code, operation: "accept on \(address)"))
        }
        // The callback may have closed the listener and its timer; starting a closed timer does nothing.
        retryTimer?.start(afterMilliseconds: Self.pauseMilliseconds)
    }

    /// Ends a pause, if there is one.
    private func resume() {
        guard let timer = retryTimer else { return }
        timer.close()
        retryTimer = nil
        startAccepting()
    }
}
