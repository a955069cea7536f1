import Glibc
import Logging
import Reactor
import Replica

/// How a node ends when it is asked to (SIGTERM, SIGINT, the end of stdin where it serves that): not ready any more, leadership to another, answers to what is in flight and
/// no new requests, last sync and seal, close, exit 0. Past the deadline or at a second signal it ends at once.
final class Shutdown {
    static let drainMilliseconds: UInt64 = 5_000
    /// Who closes stdin waits for the process to end.
    static let endOfInputMilliseconds: UInt64 = 1_500
    static let deadlineMilliseconds: UInt64 = 9_500

    private let runtime: NodeRuntime
    private var watchers: [SignalWatcher] = []
    private var deadline: Timer?
    private var isUnderWay = false

    /// - Throws: when a signal cannot be watched.
    init(_ runtime: NodeRuntime) throws(ReactorError) {
        self.runtime = runtime
        for signal in [SIGTERM, SIGINT] {
            watchers.append(try SignalWatcher(on: runtime.loop, signal: signal) { [weak self] in self?.signalled() })
        }
        runtime.stdioPort?.onEnd = { [weak self] in self?.inputEnded() }
    }

    private func signalled() {
        guard !isUnderWay else { runtime.stopAtOnce("stopped at once by a second signal", status: .failure) }
        begin()
        // What is in flight, and what still comes, goes on at whoever leads next, beside the draining.
        runtime.prepareToStop(servesClients: true)
        runtime.drainClients(withinMilliseconds: Shutdown.drainMilliseconds) { [weak self] in self?.clientsDrained() }
    }

    /// What came before the end may lead to further questions, so the replica stops when all is answered.
    private func inputEnded() {
        guard !isUnderWay else { return }
        begin()
        runtime.drainClients(withinMilliseconds: Shutdown.endOfInputMilliseconds) { [weak self] in
            self?.clientsDrained()
        }
    }

    private func begin() {
        isUnderWay = true
        runtime.logger.info("stopping")
        let deadline = Timer(on: runtime.loop) { [runtime] in
            runtime.stopAtOnce(
                "not stopped within \(Shutdown.deadlineMilliseconds) ms; ended as it was", status: .failure)
        }
        deadline.start(afterMilliseconds: Shutdown.deadlineMilliseconds)
        self.deadline = deadline
    }

    private func clientsDrained() {
        runtime.onFlushed = { [weak self] in self?.closeIfQuiet() }
        // Once more: what was logged meanwhile is sealed, too.
        runtime.prepareToStop(servesClients: false)
    }

    private func closeIfQuiet() {
        guard runtime.replica.isQuiet else { return }
        runtime.onFlushed = nil
        runtime.loop.defer { [self] in
            runtime.close { [self] in
                deadline?.close()
                for watcher in watchers { watcher.close() }
            }
        }
    }
}
