import CLibUV

/// The event loop: waits for sockets, timers, signals and finished jobs, and calls back. One thread owns it and
/// everything that was created on it.
///
/// A *turn* is what happens between two waits. All that one turn collects is handed on at its end, in this order:
/// work put off with ``defer(_:)``, then ``onTurnEnd``, then what was written to connections, each with one system call.
package final class EventLoop {
    /// Called at the end of each turn: after each poll, and before the loop waits. What it writes leaves in the same turn.
    package var onTurnEnd: (() -> Void)?

    /// How many handles (timers, sockets, watchers) have been opened and are not yet closed altogether.
    package internal(set) var openHandles = 0

    let pointer: UnsafeMutablePointer<uv_loop_t>
    /// What every connection reads into; valid for one callback.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    /// Of the open handles, those whose close callback is still to come.
    var closingHandles = 0
    /// What the end of the turn has to do; see `EventLoop+Turn.swift`.
    var deferred: [() -> Void] = []
    var dirtyConnections: [TCPConnection] = []

    /// Runs after the timers, right before the loop waits.
    private let prepare = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
    /// Runs right after the loop has waited and called back.
    private let check = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
    /// While active, the loop does not wait.
    private let idle = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
    private var isRunning = false
    private var isStopRequested = false
    private var isClosed = false

    /// - Throws: when the kernel gives no epoll or event descriptor.
    package init() throws(ReactorError) {
        pointer = .allocate(capacity: 1)
        let status = uv_loop_init(pointer)
        guard status == 0 else {
            isClosed = true
            freeMemory()
            throw ReactorError(status: status, operation: "create an event loop")
        }
        let me = Unmanaged.passUnretained(self).toOpaque()
        pointer.pointee.data = me
        clibuv_set_data(prepare, me)
        clibuv_set_data(check, me)
        // None of these can fail: they only enter lists of the loop.
        uv_prepare_init(pointer, prepare)
        uv_check_init(pointer, check)
        uv_idle_init(pointer, idle)
        uv_prepare_start(prepare) { handle in withOwner(of: handle) { (loop: EventLoop) in loop.endTurn() } }
        uv_check_start(check) { handle in withOwner(of: handle) { (loop: EventLoop) in loop.endTurn() } }
        // They serve the loop and are no reason to keep it running.
        for handle in ownHandles { uv_unref(handle) }
    }

    deinit {
        // Whatever lives on a loop holds it, so nothing but the loop's own handles can be left.
        if !isClosed { dismantle() }
    }

    /// Monotonic time, for measuring distances: read anew on each access.
    package var nowNanoseconds: UInt64 { uv_hrtime() }

    /// Runs until ``stop()``, or until nothing is left to wait for.
    package func run() {
        precondition(!isClosed && !isRunning, "run() on an event loop that is closed or already running")
        isRunning = true
        endTurn()
        repeat {
            uv_run(pointer, UV_RUN_DEFAULT)
            // Close callbacks run last in libuv's turn. What they left behind may be new work to wait for.
            endTurn()
        } while !isStopRequested && (hasUnfinishedTurn || uv_loop_alive(pointer) != 0)
        isStopRequested = false
        isRunning = false
    }

    /// Lets ``run()`` return at the end of this turn; called before it, the next one returns at once.
    package func stop() {
        isStopRequested = true
        uv_stop(pointer)
    }

    /// Frees the loop. Handles that were told to close are closed first. Idempotent.
    /// - Throws: `EBUSY` when a handle is open or a job is running; the loop stays usable.
    package func close() throws(ReactorError) {
        guard !isClosed else { return }
        precondition(!isRunning, "close() on a running event loop")
        while closingHandles > 0 { uv_run(pointer, UV_RUN_NOWAIT) }
        guard openHandles == 0, uv_loop_alive(pointer) == 0 else {
            let leftover = openHandles > 0 ? "\(openHandles) handles are open" : "jobs are running"
            throw ReactorError(code: EBUSY, operation: "close the event loop while \(leftover)")
        }
        dismantle()
    }

    /// Keeps the loop from waiting while the turn has not come to its end.
    func setWaiting(_ mayWait: Bool) {
        if mayWait { uv_idle_stop(idle) } else { uv_idle_start(idle) { _ in } }
    }

    private var ownHandles: [UnsafeMutablePointer<uv_handle_t>?] {
        [clibuv_handle(prepare), clibuv_handle(check), clibuv_handle(idle)]
    }

    private func dismantle() {
        isClosed = true
        deferred = []
        dirtyConnections = []
        for handle in ownHandles { uv_close(handle, nil) }
        uv_run(pointer, UV_RUN_NOWAIT)
        let status = uv_loop_close(pointer)
        precondition(status == 0, "libuv kept the event loop: \(status), \(openHandles) handles counted")
        freeMemory()
    }

    private func freeMemory() {
        prepare.deallocate()
        check.deallocate()
        idle.deallocate()
        pointer.deallocate()
        readBuffer.deallocate()
    }
}
