import Raft
import Replica

/// What must hold after a crash whatever was found: a start finds the same again, before, between and after its repairs, and the node goes on.
struct Aftermath {
    let settings: SegmentedLog.Settings
    let newcomer: FormatFile
    /// What was found on disks that were looked at, by their digests: a start is a pure function of the disk.
    private(set) var known: [UInt64: Int] = [:]
    private(set) var found: [FoundState] = []
    private var numbers: [FoundState: Int] = [:]
    /// The repaired disks from which was gone on.
    private var continued: Set<UInt64> = []
    /// How many states within repairs were looked at.
    private(set) var nestedStates = 0

    init(settings: SegmentedLog.Settings, newcomer: FormatFile) {
        self.settings = settings
        self.newcomer = newcomer
    }

    /// What a start finds on `disk`, which a crash has left.
    /// - Returns: its number in `found`.
    mutating func examine(_ disk: SimulatedDisk) throws(DirectoryStart.Refusal) -> Int {
        let digest = disk.digest
        if let known = known[digest] { return known }
        let start = try DirectoryStart(on: disk, newcomer: newcomer, settings: settings)
        let number = note(try FoundState(start), digest)
        try checkRepairs(of: disk, start, number)
        if start.disk.hasUnsyncedChanges || continued.insert(start.disk.digest).inserted {
            try checkIdempotence(start, number)
            try goOn(from: start, found[number])
        }
        return number
    }

    /// What a start finds on `disk` after the process alone has died; what it finds the next crash must leave, though it was never synced by
    /// the one who wrote it.
    /// - Parameter isBroken: whether it died because all its syncs failed: what waits for the disk never gets there.
    /// - Returns: its number in `found`.
    mutating func examineKill(
        _ disk: SimulatedDisk, withFailedSyncs isBroken: Bool
    ) throws(DirectoryStart.Refusal) -> Int {
        var left = disk
        if isBroken { for path in left.paths { left.failSync(of: path) } }
        let start = try DirectoryStart(on: left, newcomer: newcomer, settings: settings)
        let number = note(try FoundState(start), left.digest)
        for state in start.disk.crashStates(.coarse) {
            nestedStates += 1
            let other = try look(at: start.disk.crashed(in: state))
            guard other != number else { continue }
            throw DirectoryStart.Refusal(
                message: "a crash takes away what a start has found (\(start.disk.describe(state))): "
                    + "\(found[other].summary) instead of \(found[number].summary)",
                corruption: nil)
        }
        return number
    }

    /// The same without the aftermath.
    private mutating func look(at disk: SimulatedDisk) throws(DirectoryStart.Refusal) -> Int {
        let digest = disk.digest
        if let known = known[digest] { return known }
        return note(try FoundState(try DirectoryStart(on: disk, newcomer: newcomer, settings: settings)), digest)
    }

    private mutating func note(_ state: FoundState, _ digest: UInt64) -> Int {
        let number = numbers[state] ?? found.count
        if number == found.count {
            found.append(state)
            numbers[state] = number
        }
        known[digest] = number
        return number
    }

    // MARK: Checks

    /// A crash at any of the repairs: the next start finds the same.
    private mutating func checkRepairs(
        of disk: SimulatedDisk, _ start: DirectoryStart, _ number: Int
    ) throws(DirectoryStart.Refusal) {
        var repaired = disk
        for operation in start.operations {
            repaired.perform(operation)
            for state in repaired.crashStates(.coarse) {
                nestedStates += 1
                let other = try look(at: repaired.crashed(in: state))
                guard other != number else { continue }
                throw DirectoryStart.Refusal(
                    message: "a crash in its repairs, after \(operation.summary), changes what is found"
                        + " (\(repaired.describe(state))): \(found[other].summary) instead of \(found[number].summary)",
                    corruption: nil)
            }
        }
    }

    /// After the repairs there is nothing to repair.
    private mutating func checkIdempotence(
        _ start: DirectoryStart, _ number: Int
    ) throws(DirectoryStart.Refusal) {
        guard !start.disk.hasUnsyncedChanges else {
            throw DirectoryStart.Refusal(message: "repairs are not synced", corruption: nil)
        }
        let again = try DirectoryStart(on: start.disk, newcomer: newcomer, settings: settings)
        guard again.disk.digest == start.disk.digest, again.start.tornTail == nil else {
            throw DirectoryStart.Refusal(
                message: "repaired once more: \(again.operations.map(\.summary))", corruption: nil)
        }
        guard try FoundState(again) == found[number] else {
            throw DirectoryStart.Refusal(message: "a second start finds something else", corruption: nil)
        }
    }

    /// The node votes, appends, is told by a later leader to drop some, and crashes in between.
    private mutating func goOn(from start: DirectoryStart, _ state: FoundState) throws(DirectoryStart.Refusal) {
        var disk = start.disk
        var log = start.start.log
        var hardState = start.start.hardState
        var entries = try FoundState.readEntries(of: log, on: disk)
        if log.lastPosition.index == 0 { log.clusterID = ScriptedEntry.cluster }
        for (dropped, sizes) in [(0, [60, 5]), (1, [30]), (0, [31])] {
            hardState = HardState(currentTerm: hardState.currentTerm + 1, votedFor: start.start.identity)
            var operations = MetaFile.operationsInPlace(for: hardState)
            if dropped > 0 {
                entries.removeLast(dropped)
                log.truncate(after: entries[entries.count - 1].position)
            }
            let first = log.lastPosition.index + 1
            let new = sizes.enumerated().map {
                ScriptedEntry.make(first + LogIndex($0.offset), term: hardState.currentTerm, size: $0.element)
            }
            entries += new
            operations += log.append(new, commitIndex: start.start.commitIndex)
            try DirectoryStart.perform(operations, on: &disk)
            disk.crash()
            let next = try DirectoryStart(on: disk, newcomer: newcomer, settings: settings)
            guard next.start.hardState == hardState, next.start.log.firstIndex == state.firstIndex,
                try FoundState.readEntries(of: next.start.log, on: next.disk) == entries
            else { throw DirectoryStart.Refusal(message: "what is appended after it is not there", corruption: nil) }
        }
    }
}
