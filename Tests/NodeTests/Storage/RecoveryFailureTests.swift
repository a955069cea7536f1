import Raft
import Replica
import Testing

@testable import Node

/// What an operator reads when the data on disk do not let a node start.
@Suite struct RecoveryFailureTests {
    /// A copy of the directory from before may have forgotten a vote or an entry that others count on.
    @Test func damagedDataAreNeverToBeReplacedByAnOlderCopy() {
        let damage = CorruptionError(path: "raft_log/0001", offset: 7, reason: "a bit flipped")
        let failure = RecoveryFailure.corruption(damage).startFailure(in: "/data")
        #expect(failure.status == .corruption)
        for part in [
            "/data/raft_log/0001", "offset 7", "raftctl leave", "--join it with an empty directory", "Never put",
        ] {
            #expect(failure.description.contains(part), "\(failure)")
        }
    }
}
