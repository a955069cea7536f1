import CLibUV

/// A one-shot or repeating timer. Timers that are due in the same turn fire in the order of their deadlines.
///
/// The timer lives until ``close()``, even when nobody refers to it.
package final class Timer {
    private let loop: EventLoop
    private let handle: Handle<uv_timer_t>
    /// Nil once closed.
    private var fire: (() -> Void)?

    /// A timer that is not running yet.
    package init(on loop: EventLoop, _ fire: @escaping () -> Void) {
        self.loop = loop
        self.fire = fire
        do {
            handle = try Handle(on: loop, for: "create a timer", uv_timer_init)
        } catch {
            preconditionFailure("libuv refuses no timer, but: \(error)")
        }
        handle.retain(self)
    }

    /// Starts the timer, or starts it over. After ``close()`` it does nothing.
    /// - Parameters:
    ///   - delay: counted from now, not from the beginning of the turn. 0 counts as 1, so that a timer which restarts
    ///     itself cannot keep the loop from its sockets.
    ///   - interval: 0 for a one-shot timer.
    package func start(afterMilliseconds delay: UInt64, repeatingMilliseconds interval: UInt64 = 0) {
        guard fire != nil else { return }
        // libuv counts from the time at which the loop last woke up; this turn may have taken long since.
        let now = uv_hrtime() / 1_000_000
        let turnBegan = uv_now(loop.pointer)
        let late = now > turnBegan ? now - turnBegan : 0
        let (sum, overflow) = delay.addingReportingOverflow(late)
        let timeout = overflow ? UInt64.max : max(sum, 1)
        let status = uv_timer_start(
            handle.pointer,
            { handle in withOwner(of: handle) { (timer: Timer) in timer.fired() } },
            timeout,
            interval
        )
        precondition(status == 0, "libuv refuses to start an open timer: \(status)")
    }

    /// Stops the timer; it can be started again.
    package func stop() {
        guard fire != nil else { return }
        uv_timer_stop(handle.pointer)
    }

    /// Ends the timer. It fires no more. Idempotent.
    package func close() {
        guard fire != nil else { return }
        fire = nil
        handle.close()
    }

    private func fired() {
        // A copy: the closure may close the timer while it runs.
        let fire = self.fire
        fire?()
    }
}
