/// What a node must never forget (thesis figure 3.1): written to `raft_meta` and synced before anything that depends on it
/// leaves the node.
package struct HardState: Sendable, Equatable {
    package var currentTerm: Term
    /// Whom this node voted for in `currentTerm`. The instance decides, the id is for people.
    package var votedFor: Identity?

    package init(currentTerm: Term, votedFor: Identity?) {
        self.currentTerm = currentTerm
        self.votedFor = votedFor
    }

    /// A node that never took part in anything.
    package static let initial = HardState(currentTerm: 0, votedFor: nil)
}
