import Raft
import Replica
import StateMachine

/// Watches a node of a simulated cluster: what it has its disk do, and what it has told others by then.
final class ClusterRecorder {
    let simulation: Simulation
    private let node: SimulatedNode
    private(set) var tape: Tape

    /// Every entry that stood in a log, and the term of the one before it.
    private var entries: [LogPosition: (entry: LogEntry, previous: Term)] = [:]
    /// The ends of the logs that the node had: one more with every truncation and installation.
    private var tips: [LogPosition] = [.zero]
    private var commitIndex: LogIndex = 0
    private var expectation = Expectation()

    /// - Parameter place: the node that is watched. It starts later.
    init(_ settings: SimulationSettings, seed: UInt64, watching place: Int) {
        simulation = Simulation(settings, seed: seed)
        node = simulation.nodes[place]
        node.disk.recording = []
        let newcomer = FormatFile(nodeID: node.nodeID, instance: InstanceID(high: 1, low: 2), clusterID: .none)
        tape = Tape(settings: settings.replica.log, newcomer: newcomer)
    }

    /// How often the node went on with another log.
    var turns: Int { tips.count - 1 }

    /// How many snapshots of leaders it took.
    private(set) var installs = 0

    // MARK: The script

    /// Lets time pass until `isDone`.
    /// - Throws: it does not come to that in ten seconds, or a promise is broken without any crash.
    func run(_ what: String, until isDone: () -> Bool) throws(Violation) {
        let isThere = simulation.run(withinMilliseconds: 10_000) {
            watch()
            return isDone()
        }
        if let violation = simulation.violation { throw violation }
        guard isThere else { throw Violation("\(what) does not come: \(simulation.states)") }
    }

    func run(forMilliseconds milliseconds: UInt64) throws(Violation) {
        let end = simulation.now.advanced(byMilliseconds: milliseconds)
        simulation.after(milliseconds: milliseconds) { _ in }
        try run("the end of \(milliseconds) ms") { simulation.now >= end }
    }

    /// Starts processes, and lets them do what they do at once.
    func start(_ places: [Int]) throws(Violation) {
        for place in places { simulation.start(place) }
        watch()
        if let violation = simulation.violation { throw violation }
    }

    /// Puts a value of so many bytes, through the node at `place`.
    func put(_ size: Int, at place: Int) throws(Violation) {
        let number = entries.count
        let id = simulation.submit(
            .write(
                .put(
                    key: Array("key-\(number % 5)".utf8), value: Array(repeating: UInt8(number & 0xFF), count: size),
                    condition: .none)), to: place)
        try run("an answer") { simulation.answers[id] != nil }
    }

    /// The same without waiting for an answer.
    func propose(_ size: Int, at place: Int) {
        simulation.submit(
            .write(.put(key: Array("proposed".utf8), value: Array(repeating: 7, count: size), condition: .none)),
            to: place)
    }

    /// Everything is durable and sealed.
    func rest() throws(Violation) {
        try run(forMilliseconds: 500)
        settle()
        tape.append([.rest])
    }

    // MARK: Watching

    /// What has happened since the last time. Operations of one event are whole jobs: what they wrote is durable behind them, and is
    /// promised later.
    private func watch() {
        let operations = node.disk.recording ?? []
        node.disk.recording = []
        for other in simulation.nodes { if let raft = other.replica?.raft { learn(raft.log) } }
        if let raft = node.replica?.raft { learn(raft) }
        if !operations.isEmpty {
            settle()
            let widened = widen(by: operations)
            tape.append([.mayFind { $0 = widened }])
            tape.append(operations.map { .operation($0) })
            narrow()
        }
        expectation.promises = node.promises
    }

    /// What was promised by now must be found.
    private func settle() {
        let expectation = expectation
        tape.append([.mustFind { $0 = expectation }])
    }

    private func learn(_ raft: Raft) {
        let (last, tip) = (raft.log.lastPosition, tips[tips.count - 1])
        if last != tip {
            let isLonger = raft.log.base != last && chain(to: last).holds(tip)
            if isLonger { tips[tips.count - 1] = last } else { tips.append(last) }
        }
        commitIndex = max(commitIndex, raft.commitIndex)
        if expectation.hardStates.last != raft.hardState { expectation.hardStates.append(raft.hardState) }
    }

    private func learn(_ log: RaftLog) {
        var index = log.lastIndex
        while index > 0, let entry = log.entry(at: index), entries[entry.position] == nil {
            entries[entry.position] = (entry, log.term(at: index - 1) ?? 0)
            index -= 1
        }
    }

    private func chain(to last: LogPosition) -> Expectation.Chain {
        var chain = Expectation.Chain()
        var position = last
        while position.index > 0, let (entry, previous) = entries[position] {
            chain.entries.append(entry)
            position = LogPosition(index: position.index - 1, term: previous)
        }
        precondition(position.index == 0, "entry \(position) stood in no log")
        chain.entries.reverse()
        chain.committed = commitIndex
        return chain
    }

    // MARK: Expecting

    /// What may be found while `operations` are performed: besides what could be before, what they write.
    private func widen(by operations: [DiskOperation]) -> Expectation {
        expectation.chains = tips.map(chain)
        for operation in operations {
            switch operation {
            case .write(let path, _, let bytes) where path.hasPrefix(FormatFile.path):
                // discarded: what is no FORMAT is a part of it, and no such thing is written here
                if let format = try? FormatFile.decode(bytes) { expectation.formats.append(format) }
            case .rename(_, let path):
                let name = path.split(separator: "/").last.map(String.init) ?? path
                guard let snapshot = SnapshotFile.parse(name) else { continue }
                expectation.snapshots.append(snapshot.position)
                if snapshot.isReceived { installs += 1 }
            default: break
            }
        }
        return expectation
    }

    private func narrow() {
        guard node.isRunning else { return }
        expectation.mayBeEmpty = false
        expectation.formats = Array(expectation.formats.suffix(1))
        expectation.snapshots = [expectation.snapshots.max { $0.index < $1.index } ?? .zero]
    }
}
