import Raft

/// A snapshot on its way from this leader to one follower.
struct SnapshotTransfer {
    enum Step: Equatable {
        /// A chunk of so many bytes is under way, or, with none, the question what the follower has.
        case sending(count: Int)
        /// The chunk at `offset` is on its way from disk.
        case reading
        /// The follower builds its state, or has no space, or did not answer: to be asked again then.
        case waiting(until: Instant)
    }

    /// What answers are told apart by: never used twice.
    let number: UInt64
    let member: Member.Number
    let snapshot: Snapshots.Stored
    /// What the follower has durably.
    var offset: UInt64 = 0
    var step: Step
    /// When the follower last took something, or was seen to work on it.
    var lastProgress: Instant

    /// Whether a follower that wants the chunk at `offset` has just been sent it.
    func hasSent(chunkAt offset: UInt64) -> Bool {
        guard case .sending(let count) = step else { return false }
        return count > 0 && offset == self.offset
    }
}

/// All transfers of this leader, one a follower.
struct SnapshotTransfers {
    private(set) var all: [SnapshotTransfer] = []
    private var nextNumber: UInt64 = 1

    var snapshotsInUse: [Snapshots.Stored] { all.map(\.snapshot) }

    /// When something is to be done without being told; in the past when it is due.
    func deadline(timeoutMilliseconds: UInt64) -> Instant {
        all.reduce(.never) { earliest, transfer in
            let timeout = transfer.lastProgress.advanced(byMilliseconds: timeoutMilliseconds)
            guard case .waiting(let until) = transfer.step else { return min(earliest, timeout) }
            return min(earliest, timeout, until)
        }
    }

    /// Begins to send `snapshot`, in place of any other to that member.
    mutating func begin(_ snapshot: Snapshots.Stored, to member: Member.Number, now: Instant) -> SnapshotTransfer {
        defer { nextNumber += 1 }
        let transfer = SnapshotTransfer(
            number: nextNumber, member: member, snapshot: snapshot, step: .sending(count: 0), lastProgress: now)
        all.removeAll { $0.member == member }
        all.append(transfer)
        return transfer
    }

    mutating func end(_ member: Member.Number) { all.removeAll { $0.member == member } }

    mutating func endAll() { all = [] }

    func place(of member: Member.Number, number: UInt64) -> Int? {
        all.firstIndex { $0.member == member && $0.number == number }
    }

    subscript(place: Int) -> SnapshotTransfer {
        get { all[place] }
        set { all[place] = newValue }
    }
}
