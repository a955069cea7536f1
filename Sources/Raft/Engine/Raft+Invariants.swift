extension Raft {
    /// What must hold after every step, in release too. Cheap: O(members).
    func checkInvariants() {
        precondition(commitIndex <= log.lastIndex, "commitIndex \(commitIndex) > last index \(log.lastIndex)")
        precondition(handedOutIndex <= commitIndex, "handed out \(handedOutIndex) > commitIndex \(commitIndex)")
        precondition(persistedIndex <= log.lastIndex, "persisted \(persistedIndex) > last index \(log.lastIndex)")
        precondition(
            log.lastPosition.term <= currentTerm, "last term \(log.lastPosition.term) > current \(currentTerm)")
        precondition(log.windowFirst <= handedOutIndex + 1, "an entry left memory before it was handed out")
        precondition(isLeader == (leader == identity), "leader is \(String(describing: leader)), role is \(role)")
        guard isLeader else { return }
        precondition(termStartIndex <= log.lastIndex, "a leader without an entry of its own term")
        for progress in progress {
            precondition(progress.matchIndex < progress.nextIndex, "member \(progress.number): match >= next")
            precondition(progress.matchIndex <= log.lastIndex, "member \(progress.number): match beyond the log")
            precondition(progress.nextIndex <= log.lastIndex + 1, "member \(progress.number): next beyond the log")
        }
    }
}
