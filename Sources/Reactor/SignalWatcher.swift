import CLibUV
import Glibc

/// Calls back on the loop whenever the process receives a signal. It lives, and keeps the loop running, until ``close()``.
package final class SignalWatcher {
    private let loop: EventLoop
    private let handle: Handle<uv_signal_t>
    /// Nil once closed.
    private var handler: (() -> Void)?

    /// Watches for `signal`, such as `SIGTERM`.
    /// - Throws: `EINVAL` for a signal that cannot be caught.
    package init(on loop: EventLoop, signal: Int32, _ handler: @escaping () -> Void) throws(ReactorError) {
        let operation = "watch for signal \(signal)"
        self.loop = loop
        self.handler = handler
        handle = try Handle(on: loop, for: operation, uv_signal_init)
        handle.retain(self)
        let status = uv_signal_start(
            handle.pointer,
            { handle, _ in withOwner(of: handle) { (watcher: SignalWatcher) in watcher.received() } },
            signal
        )
        guard status == 0 else {
            close()
            throw ReactorError(status: status, operation: operation)
        }
        SignalWatcher.unblock(signal)
    }

    /// A process inherits its parent's mask: blocked there, the signal would never arrive here.
    private static func unblock(_ signal: Int32) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, signal)
        let status = pthread_sigmask(SIG_UNBLOCK, &set, nil)
        precondition(status == 0, "signal \(signal), which is watched, cannot be unblocked: errno \(status)")
    }

    /// Ends the watching; the signal has its default effect again unless another watcher is there. Idempotent.
    package func close() {
        guard handler != nil else { return }
        handler = nil
        handle.close()
    }

    /// Lets a write to a connection that the peer closed fail with `EPIPE` instead of ending the process.
    package static func ignorePipe() {
        // Fails only for signals that do not exist or cannot be ignored.
        signal(SIGPIPE, SIG_IGN)
    }

    private func received() {
        // A copy: the closure may close the watcher while it runs.
        let handler = self.handler
        handler?()
    }
}
