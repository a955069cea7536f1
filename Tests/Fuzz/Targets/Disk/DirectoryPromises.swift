import Raft
import Replica
import Simulation

/// Of the start of a node: a reason not to start, or a state that the next start finds again and that can be built on.
enum DirectoryPromises {
    private static let newcomer = FormatFile(
        nodeID: "n1", instance: InstanceID(high: 1, low: 2), clusterID: .none)

    static func check(_ bytes: [UInt8]) throws {
        let files = Container.files(in: bytes)
        try checkStart(on: Disks.disk(of: files))
        try checkStart(on: Disks.disk(of: files.map(Seals.file)))
    }

    private static func checkStart(on disk: SimulatedDisk) throws {
        guard let found = try start(on: disk) else { return }
        let state = try FoundState(found)
        let again = try require(found.disk, "what was repaired")
        try promise(try FoundState(again) == state, "a second start finds another state")
        try promise(again.start.tornTail == nil, "a second start finds a torn tail again")
        try checkAppend(behind: again)
    }

    /// - Returns: `nil` when the node does not start, for a reason that a person can act upon.
    private static func start(on disk: SimulatedDisk) throws -> DirectoryStart? {
        do throws(DirectoryStart.Refusal) {
            return try DirectoryStart(on: disk, newcomer: newcomer, settings: Disks.settings)
        } catch {
            guard let corruption = error.corruption else {
                let isReason = ["there is no FORMAT", "written by a newer raftd"].contains {
                    error.message.contains($0)
                }
                try promise(isReason, "a start ends with: \(error.message)")
                return nil
            }
            try promise(!corruption.path.isEmpty && !corruption.reason.isEmpty, "damage without a place or a reason")
            return nil
        }
    }

    private static func require(_ disk: SimulatedDisk, _ what: String) throws -> DirectoryStart {
        do throws(DirectoryStart.Refusal) {
            return try DirectoryStart(on: disk, newcomer: newcomer, settings: Disks.settings)
        } catch {
            throw BrokenPromise("no node starts on \(what): \(error.message)")
        }
    }

    /// What is written behind a recovered log is found behind what was recovered.
    private static func checkAppend(behind found: DirectoryStart) throws {
        var log = found.start.log
        let before = try entries(of: found)
        let term = max(found.start.hardState.currentTerm, 1)
        // Close to the end of all numbers there is nothing to append.
        guard log.clusterID != .none, log.lastPosition.index < .max >> 1, term < .max >> 1 else { return }
        var disk = found.disk
        disk.perform(MetaFile.operationsInPlace(for: HardState(currentTerm: term, votedFor: nil)))
        let entry = LogEntry(term: term, index: log.lastPosition.index + 1, kind: .command, payload: [1, 2, 3])
        disk.perform(log.append([entry], commitIndex: found.start.commitIndex))
        let after = try entries(of: try require(disk, "what an entry was written behind"))
        try promise(
            after == before + [entry], "an entry behind \(before.count) is found as \(after.count - before.count)")
    }

    private static func entries(of found: DirectoryStart) throws -> [LogEntry] {
        try FoundState.readEntries(of: found.start.log, on: found.disk)
    }
}
