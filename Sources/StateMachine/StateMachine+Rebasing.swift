package import Raft

extension StateMachine {
    /// The same state as the beginning of another cluster's: clients find their keys, session logs and tags, and retries under their keys
    /// their outcomes. The history is empty, so that nobody who watched the old cluster misses unawares what it lost.
    /// - Parameters:
    ///   - position: where the new cluster's log goes on.
    ///   - configuration: its members, as an entry at that position would tell them.
    /// - Precondition: `position.index >= lastApplied`: revisions never go back.
    package func rebased(to position: LogPosition, configuration: Configuration) -> StateMachine {
        precondition(position.index >= lastApplied, "\(position) lies before \(lastApplied), the state's last entry")
        var view = current
        view.position = position
        view.configuration = configuration
        view.configurationIndex = position.index
        view.announcements.removeAll { configuration.member(of: $0.instance) == nil }
        view.comparison = HashComparison()
        // Of nodes that are no members here.
        view.retries = RetryTable()
        view.history = EventHistory(floor: position.index + 1, limits: current.history.limits)
        view.resourceHistory = ResourceHistory(
            floor: position.index + 1, limits: current.resourceHistory.events.limits)
        return StateMachine(view)
    }
}
