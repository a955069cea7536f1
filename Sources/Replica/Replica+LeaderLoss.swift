import Raft

extension Replica {
    func connectionClosed(_ instance: InstanceID, now: Instant) {}

    func probed(_ context: ProbeContext, _ result: ProbeResult, now: Instant) {}
}
