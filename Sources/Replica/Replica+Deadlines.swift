import Raft

// Whoever waits too long is told so, and leaves nothing behind.

extension Replica {
    /// Answers every request whose time is up.
    func expireRequests(now: Instant) {
        // The same for all of a sweep, and there may be thousands.
        lazy var reason = unavailability(now: now)
        while let oldest = writes.deadlines.first, oldest.at <= now {
            writes.deadlines.removeFirst()
            guard let write = writes.waiting[oldest.id] else { continue }
            finishWrite(
                oldest.id,
                write.mayBeLogged
                    ? .outcomeUnknown(reason: "no majority has confirmed the write in time; \(reason)")
                    : .unavailable(reason: reason))
        }
        while let oldest = reads.deadlines.first, oldest.at <= now {
            reads.deadlines.removeFirst()
            guard reads.waiting.removeValue(forKey: oldest.id) != nil else { continue }
            answer(.unavailable(reason: reason), to: oldest.id)
        }
        writes.forgetAnswered()
        reads.forgetAnswered()
        expireForwarded(now: now)
    }

    /// When `expireRequests` or a retry is due.
    func nextSweep(now: Instant) -> Instant {
        let due = [
            writes.deadlines.first?.at, reads.deadlines.first?.at, forwards.received.first?.deadline,
            retryDeadline(now: now),
        ]
        return due.reduce(.never) { min($0, $1 ?? .never) }
    }
}

extension ClientWrites {
    /// Without a leader nobody takes from the queue: what was answered at its head would stay for good.
    fileprivate mutating func forgetAnswered() {
        while let id = queue.first, waiting[id] == nil { queue.removeFirst() }
    }
}

extension Reads {
    /// As with writes; and a node whose log stands still applies no index that reads wait for.
    fileprivate mutating func forgetAnswered() {
        while let id = queue.first, waiting[id] == nil { queue.removeFirst() }
        confirmed.removeAll { $0.ids.allSatisfy { waiting[$0] == nil } }
    }
}
