import Bytes
import Raft
import StateMachine

/// Of the state machine: whatever lies in a committed entry, every node comes to the same state, also by way of a snapshot.
enum CommandPromises {
    /// Payloads, each behind its length in two bytes; the last one is what is left.
    static func check(_ bytes: [UInt8]) throws {
        let payloads = Container.payloads(in: bytes)
        var throughout = StateMachine()
        var restored = StateMachine()
        for (place, payload) in payloads.enumerated() {
            let entry = LogEntry(term: 1, index: LogIndex(place) + 1, kind: .command, payload: payload)
            try promise(
                throughout.apply(entry) == restored.apply(entry), "entry \(place) has another outcome after a snapshot")
            if place % 3 == 1 || place == payloads.count - 1 {
                let snapshot = SnapshotPromises.encode(throughout.view())
                try promise(
                    SnapshotPromises.encode(restored.view()) == snapshot, "the states differ after entry \(place)")
                restored = try SnapshotPromises.decode(snapshot)
            }
        }
        try promise(throughout.view().hash == restored.view().hash, "the hashes differ")
    }
}
