import Glibc
import Raft
import Replica
import StateMachine
import Storage

/// `raftd recover --force-single`: what one survivor has becomes a cluster of its own.
///
/// The new directory is written beside the old one, whole and durable, and then takes its name. Should a crash come between the two
/// renames, the same command finishes it, and no node starts before.
struct ForcedRecovery {
    let options: RecoverOptions
    /// Where lines for the operator go.
    let say: (String) -> Void

    private var path: String { DataDirectory.path(sessionDBPath: options.sessionDBPath, memberID: options.nodeID) }
    private var unfinished: String { DataDirectory.recoveringPath(of: path) }

    /// - Throws: why nothing was done; exit 1 also when it was only told, 65 for damage.
    func run() throws(StartFailure) {
        let isThere = try DiskFailure.atStart { () throws(DiskFailure) in try PrivateFolder.exists(path) }
        guard isThere else { return try finish() }
        let root = try DiskFailure.atStart { () throws(DiskFailure) in
            try OpenFile(path, fullPath: path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
        let lock = try DirectoryLock.atStart(directory: path, root: root, waitMilliseconds: 0)
        let survivor = try Survivor(path: path, nodeID: options.nodeID)
        let address = try address(of: survivor)
        describe(survivor, address)
        guard options.isConfirmed else {
            throw StartFailure("nothing was changed: give --yes to do it", status: .failure)
        }
        try replace(survivor, address)
        withExtendedLifetime(lock) {}
    }

    private func address(of survivor: Survivor) throws(StartFailure) -> String {
        if let address = options.advertiseAddress { return address.description }
        guard let member = survivor.configuration.member(of: survivor.identity.instance) else {
            throw StartFailure(
                "\(options.nodeID) is no member of the cluster in \(path): give --advertise-addr, or take another survivor",
                status: .failure)
        }
        return member.address
    }

    private func describe(_ survivor: Survivor, _ address: String) {
        let last = survivor.lastPosition
        say("\(path): node \(options.nodeID) of cluster \(survivor.configuration.clusterID)")
        say("members: \(survivor.configuration.members.map { "\($0.name) (\($0.address))" }.joined(separator: ", "))")
        say("last term \(last.term), last index \(last.index), known to be committed up to \(survivor.commitIndex)")
        say(
            "take the survivor with the highest term, then the highest index; what only the others had is lost"
        )
        let tail = last.index - survivor.commitIndex
        if tail > 0 { say("\(tail) entries that are not known to be committed become committed") }
        say("\(options.nodeID) at \(address) becomes the only member of a new cluster; the directory is kept beside it")
    }

    private func replace(_ survivor: Survivor, _ address: String) throws(StartFailure) {
        let last = LogPosition(index: survivor.lastPosition.index, term: survivor.highestTerm)
        let cluster = SuccessorCluster(of: options.nodeID, at: address, continuing: survivor.state, after: last)
        try DiskFailure.atStart { () throws(DiskFailure) in
            try cluster.write(into: unfinished)
            let kept = try keptPath()
            try PrivateFolder.rename(path, to: kept)
            try PrivateFolder.rename(unfinished, to: path)
            say("done: cluster \(cluster.clusterID), term \(cluster.position.term), index \(cluster.position.index)")
            say("the old directory is \(kept); start \(options.nodeID) alone, then add members with --join")
        }
    }

    /// A crash may have come when the old directory had given up the name and the new one had not taken it.
    private func finish() throws(StartFailure) {
        let isRecovering = try DiskFailure.atStart { () throws(DiskFailure) in try PrivateFolder.exists(unfinished) }
        guard isRecovering else {
            throw StartFailure(
                "\(path) is not there: check --session-db-path and --node-id", status: .failure)
        }
        try DiskFailure.atStart { () throws(DiskFailure) in try PrivateFolder.rename(unfinished, to: path) }
        say(
            "done: finished a recovery that was interrupted; start \(options.nodeID) alone, then add members with --join"
        )
    }

    private func keptPath() throws(DiskFailure) -> String {
        var number = 1
        while try PrivateFolder.exists("\(path).before-recovery-\(number)") { number += 1 }
        return "\(path).before-recovery-\(number)"
    }
}
