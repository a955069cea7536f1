import Raft

extension Replica {
    func joinAnswered(_ answer: JoinAnswer, now: Instant) {}
}
