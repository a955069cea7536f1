import Raft
import Replica

// Processes that are stopped for a while, as by SIGSTOP or a machine that swaps: their kernel goes on taking what arrives.

extension Simulation {
    /// The process takes no turn until it is resumed.
    package func pause(_ place: Int) {
        let node = nodes[place]
        guard node.isRunning, !node.isPaused else { return }
        node.pausedSince = now
    }

    /// The process goes on: everything that came meanwhile arrives at once.
    package func resume(_ place: Int) {
        let node = nodes[place]
        guard let since = node.pausedSince else { return }
        node.pausedSince = nil
        node.resumedAt = now
        if now.milliseconds(since: since) > settings.replica.raft.electionTimeoutMaxMilliseconds {
            counters.add(.longPause)
        }
        let backlog = node.backlog
        node.backlog = []
        for input in backlog { deliver(input, to: place, boot: node.boot) }
        deliver(.tick, to: place, boot: node.boot)
    }
}

extension SimulatedNode {
    /// Whether the process was stopped at some time since.
    func wasPaused(since time: Instant) -> Bool { isPaused || resumedAt >= time }
}
