import Raft
package import StateMachine

extension ReplicaStart {
    /// The state as it would be if everything in the log were committed: only for who gives up on the members that could tell.
    package func stateOfWholeLog() -> StateMachine {
        var state = stateMachine
        while let entry = engineLog.entry(at: state.lastApplied + 1) { state.apply(entry) }
        return state
    }
}
