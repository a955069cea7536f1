import Raft
import Replica
import StateMachine

/// A node that does to its disk what a script says, by the code that ships: the log, `raft_meta`, `FORMAT`, snapshots and starts.
struct ScriptedNode {
    enum Verb {
        /// Entries of these sizes; what comes first makes the cluster.
        case append([Int])
        /// All that was acknowledged is committed.
        case commit
        /// `FORMAT` tells the cluster.
        case form
        /// Another term, and a vote in it.
        case vote
        /// A later leader drops so many entries.
        case truncate(Int)
        case seal
        /// The next segment file is made ahead.
        case prepare
        /// A snapshot, so many entries before the last one that is committed.
        case snapshot(Int)
        /// Removes what the snapshot makes superfluous.
        case compact
        /// The process ends, and the next one starts.
        case restart
        /// Entries of these sizes, in whose write the power goes after so many bytes; the node starts again.
        case tear([Int], Int)
        /// Two jobs at once, an operation of one after an operation of the other.
        indirect case beside(Verb, Verb)
    }

    private(set) var tape: Tape
    private var disk = SimulatedDisk()
    private var log: SegmentedLog
    private var format: FormatFile
    private var chain = Expectation.Chain()
    /// What the disk holds while a truncation is not there yet.
    private var onDisk: Expectation.Chain?
    private var hardState = HardState.initial
    private var snapshot = LogPosition.zero
    private var isPreparing = false

    init(settings: SegmentedLog.Settings) throws(DirectoryStart.Refusal) {
        format = FormatFile(
            nodeID: "n1", instance: InstanceID(high: 1, low: 2), clusterID: .none)
        tape = Tape(settings: settings, newcomer: format)
        log = SegmentedLog(clusterID: .none, settings: settings)
        let newcomer = format
        perform([.mayFind { $0.formats = [newcomer] }] + (try start()) + [.mustFind { $0.mayBeEmpty = false }])
    }

    mutating func run(_ verb: Verb) throws(DirectoryStart.Refusal) {
        perform(try plan(verb))
        if isPreparing {
            log.preparationFinished()
            isPreparing = false
        }
    }

    private mutating func perform(_ steps: [Tape.Step]) {
        tape.append(steps)
        for case .operation(let operation) in steps { disk.perform(operation) }
        for case .power(let count) in steps { disk = disk.torn(keeping: count) }
    }

    private mutating func plan(_ verb: Verb) throws(DirectoryStart.Refusal) -> [Tape.Step] {
        switch verb {
        case .append(let sizes): return append(sizes)
        case .commit:
            chain.committed = chain.acknowledged
            return [.mayFind(chains)]
        case .form: return form()
        case .vote: return vote()
        case .truncate(let count): return vote() + truncate(count)
        case .seal:
            let steps = operations(log.seal(commitIndex: chain.committed))
            if !steps.isEmpty { onDisk = nil }
            return steps + [.mustFind(chains), .rest]
        case .prepare:
            guard let operations = log.preparation() else { return [] }
            isPreparing = true
            return self.operations(operations)
        case .snapshot(let back): return makeSnapshot(back)
        case .compact: return operations(log.compact(through: snapshot.index))
        case .restart: return try restart()
        case .tear(let sizes, let count): return try tear(sizes, keeping: count)
        case .beside(let one, let other): return ScriptedNode.interleave(try plan(one), try plan(other))
        }
    }

    // MARK: Verbs

    private mutating func append(_ sizes: [Int]) -> [Tape.Step] {
        var steps = hardState.currentTerm == 0 ? vote() : []
        let first = LogIndex(chain.entries.count) + 1
        let new = sizes.enumerated().map {
            ScriptedEntry.make(first + LogIndex($0.offset), term: hardState.currentTerm, size: $0.element)
        }
        if first == 1 { log.clusterID = ScriptedEntry.cluster }
        chain.entries += new
        steps.append(.mayFind(chains))
        steps += operations(log.append(new, commitIndex: chain.committed))
        chain.acknowledged = LogIndex(chain.entries.count)
        onDisk = nil
        return steps + [.mustFind(chains)]
    }

    /// Steps up to the loss of power are performed here, for the start goes on from what is left.
    private mutating func tear(_ sizes: [Int], keeping count: Int) throws(DirectoryStart.Refusal) -> [Tape.Step] {
        let before = onDisk ?? chain
        let steps = append(sizes)
        let end = steps.firstIndex { if case .operation(.sync) = $0 { true } else { false } } ?? steps.endIndex
        chain = before
        onDisk = nil
        perform(steps[..<end] + [.power(keeping: count), .mustFind(chains)])
        // The next leader has another term, and other entries for these places.
        return try restart() + vote()
    }

    private mutating func vote() -> [Tape.Step] {
        let state = HardState(
            currentTerm: hardState.currentTerm + 1,
            votedFor: hardState.currentTerm.isMultiple(of: 2)
                ? Identity(nodeID: "n2", instance: InstanceID(high: 3, low: 4)) : nil)
        hardState = state
        return [.mayFind { $0.hardStates.append(state) }]
            + operations(MetaFile.operationsInPlace(for: state)) + [.mustFind { $0.hardStates = [state] }]
    }

    private mutating func truncate(_ count: Int) -> [Tape.Step] {
        onDisk = onDisk ?? chain
        chain.entries.removeLast(count)
        chain.acknowledged = min(chain.acknowledged, LogIndex(chain.entries.count))
        precondition(chain.committed <= chain.acknowledged, "what is committed is not truncated")
        log.truncate(after: chain.last)
        return [.mayFind(chains)]
    }

    private mutating func form() -> [Tape.Step] {
        let (old, new) = (
            format, FormatFile(nodeID: format.nodeID, instance: format.instance, clusterID: ScriptedEntry.cluster)
        )
        format = new
        return [.mayFind { $0.formats = [old, new] }] + operations(new.operations())
            + [.mustFind { $0.formats = [new] }]
    }

    private mutating func makeSnapshot(_ back: Int) -> [Tape.Step] {
        let end = Int(chain.committed) - back
        var state = StateMachine()
        for entry in chain.entries.prefix(end) { state.apply(entry) }
        var writer = SnapshotWriter(id: 1, state.view())
        let (old, new) = (snapshot, writer.position)
        precondition(new.index > old.index, "a snapshot is newer than the one before")
        snapshot = new
        var steps: [Tape.Step] = [.mayFind { $0.snapshots = [old, new] }]
        while let operations = writer.next() { steps += self.operations(operations) }
        steps.append(.mustFind { $0.snapshots = [new] })
        guard old.index > 0 else { return steps }
        return steps
            + operations([
                .remove(path: SnapshotFile.path(of: old, isReceived: false)),
                .syncDirectory(path: SnapshotFile.directory),
            ])
    }

    private mutating func restart() throws(DirectoryStart.Refusal) -> [Tape.Step] {
        chain = onDisk ?? chain
        onDisk = nil
        return try start() + [.mustFind(chains)]
    }

    private mutating func start() throws(DirectoryStart.Refusal) -> [Tape.Step] {
        let start = try DirectoryStart(on: disk, newcomer: format, settings: tape.settings)
        log = start.start.log
        return operations(start.operations)
    }

    // MARK: Steps

    /// What may be found is what the node has in mind now.
    private var chains: (inout Expectation) -> Void {
        let chains = (onDisk.map { [$0] } ?? []) + [chain]
        return { $0.chains = chains }
    }

    private func operations(_ operations: [DiskOperation]) -> [Tape.Step] { operations.map { .operation($0) } }

    private static func interleave(_ one: [Tape.Step], _ other: [Tape.Step]) -> [Tape.Step] {
        (0..<max(one.count, other.count)).flatMap { place in
            [one, other].compactMap { place < $0.count ? $0[place] : nil }
        }
    }
}

/// Entries whose contents follow from their place.
enum ScriptedEntry {
    static let cluster = ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)

    /// The first one makes the cluster; the others put a value of `size` bytes, or nothing.
    static func make(_ index: LogIndex, term: Term, size: Int) -> LogEntry {
        if index == 1 {
            let member = Member(
                number: 1, nodeID: "n1", address: "n1:7000", instance: InstanceID(high: 1, low: 2))
            return LogEntry(
                term: term, index: index, kind: .configuration,
                payload: ConfigurationCodec.encode(Configuration(clusterID: cluster, members: [member])))
        }
        guard size > 0 else { return LogEntry(term: term, index: index, kind: .noop, payload: []) }
        let command = Command(
            .put(key: Array("key-\(index % 5)".utf8), value: value(index, term, size), condition: .none))
        return LogEntry(
            term: term, index: index, kind: .command,
            payload: Command.payload(timestamp: 1_700_000_000_000 + index, commandBytes: command.encode()))
    }

    /// Chance bytes; every third value is full of zeros, as the disk is.
    private static func value(_ index: LogIndex, _ term: Term, _ size: Int) -> [UInt8] {
        var random = SeededRandom(seed: index &* 1_000_003 &+ term)
        return (0..<size).map { place in
            index.isMultiple(of: 3) && place > 8 ? 0 : UInt8(truncatingIfNeeded: random.next())
        }
    }
}
