package import Raft
package import Replica
import StateMachine

/// A cluster of real replicas in one thread, under a virtual clock, network and disks: all that happens follows from the settings
/// and a seed. After every turn of a node the safety properties are checked; the first one broken ends the run.
package final class Simulation {
    enum Event {
        case wake(node: Int, boot: UInt64)
        case flush(node: Int, boot: UInt64)
        case input(Input, node: Int, boot: UInt64)
        case diskDone(node: Int, boot: UInt64, queue: Int)
        case logRead(LogRead, member: Member.Number, node: Int, boot: UInt64)
        case snapshotStep(node: Int, boot: UInt64)
        case snapshotRead(SnapshotRead, node: Int, boot: UInt64)
        case snapshotLoad(path: String, id: UInt64, node: Int, boot: UInt64)
        case request(PeerRequest, exchange: UInt64, recipient: Int)
        case response(PeerResponse, exchange: UInt64)
        case failure(SendFailure, exchange: UInt64)
        case action((Simulation) -> Void)
    }

    package let settings: SimulationSettings
    package let seed: UInt64
    package internal(set) var now = Instant(nanoseconds: 1_000_000_000)
    package let nodes: [SimulatedNode]
    package var network: SimulatedNetwork
    package internal(set) var violation: Violation?
    /// Changes with everything that happens: two runs with the same hash went the same way.
    package internal(set) var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// What clients were told, by the request's id. Filled while nobody listens.
    package internal(set) var answers: [ClientRequest.ID: Answer] = [:]
    var onAnswer: ((ClientRequest.ID, Answer) -> Void)?
    /// A process has ended: it answers nobody any more.
    var onEnd: ((_ node: Int) -> Void)?
    /// A node has crashed that was to crash after a turn.
    var onCrash: ((_ node: Int) -> Void)?
    /// Whether a node that stops itself is a violation.
    package var toleratesStops = false
    package internal(set) var reports: [String] = []

    /// What operators were told, by the request's number.
    package internal(set) var adminAnswers: [UInt64: AdminResponse] = [:]
    /// Who asks by which number to be let in. Looked up.
    var joinRequests: [UInt64: (node: Int, boot: UInt64)] = [:]
    var nextAdminRequest: UInt64 = 1

    /// How often a leader read entries from its disk for a follower.
    package internal(set) var logReads = 0
    /// How often a node made a snapshot, and a leader read a chunk of one for a follower.
    package internal(set) var snapshotsWritten = 0
    package internal(set) var snapshotReads = 0
    /// How often a disk had no space for what it was asked.
    package internal(set) var stalls = 0

    /// How many machines lost power.
    package internal(set) var powerLosses = 0
    /// What went wrong and what came of it, counted.
    package internal(set) var counters = Counters()

    /// The highest index of a write that a client was told of.
    private(set) var acknowledgedIndex: LogIndex = 0

    var random: SeededRandom
    var queue = EventQueue<Event>()
    var clusterLog = ClusterLog()
    var votes = VoteLedger()
    /// What disks held that are gone. Looked up.
    var lostDisks: [InstanceID: DurableLog] = [:]
    var repeats = RepeatedCommands()
    /// The last one that somebody has committed.
    var lastConfiguration: (index: LogIndex, configuration: Configuration) = (0, .none)
    var model = Model()
    /// The requests of the final check, and what they were answered. Looked up.
    var inquiries: [ClientRequest.ID: Answer?] = [:]
    private var nextRequest: ClientRequest.ID = 1

    package init(_ settings: SimulationSettings, seed: UInt64) {
        self.settings = settings
        self.seed = seed
        var random = SeededRandom(seed: seed)
        nodes = (0..<settings.nodes).map {
            SimulatedNode(place: $0, clock: SimulatedClock(offsetMilliseconds: Int64(random.next() % 2000)))
        }
        self.random = random
        network = SimulatedNetwork(settings.network, nodes: settings.nodes)
        for node in nodes { node.disk.ignoresSync = settings.ignoresSync }
    }

    // MARK: Time

    /// Lets time pass.
    package func run(forMilliseconds milliseconds: UInt64) { run(forMicroseconds: milliseconds * 1000) }

    package func run(forMicroseconds microseconds: UInt64) {
        let end = now.advanced(byMicroseconds: microseconds)
        while violation == nil, let time = queue.nextTime, time <= end { step() }
        if violation == nil { now = end }
    }

    /// Lets time pass until `isDone`. Returns whether it came to that `withinMilliseconds`.
    package func run(withinMilliseconds limit: UInt64, until isDone: () -> Bool) -> Bool {
        let end = now.advanced(byMilliseconds: limit)
        while violation == nil, !isDone() {
            guard let time = queue.nextTime, time <= end else { return false }
            step()
        }
        return violation == nil
    }

    /// Does something later, in its turn.
    package func after(milliseconds: UInt64, _ action: @escaping (Simulation) -> Void) {
        queue.add(.action(action), at: now.advanced(byMilliseconds: milliseconds))
    }

    private func step() {
        guard let (time, event) = queue.removeFirst() else { return }
        precondition(time >= now, "time runs backwards")
        now = time
        trace(time.nanoseconds)
        switch event {
        case .wake(let node, let boot):
            nodes[node].wakeTime = .never
            deliver(.tick, to: node, boot: boot)
        case .flush(let node, let boot): flush(nodes[node], boot: boot)
        case .input(let input, let node, let boot): deliver(input, to: node, boot: boot)
        case .diskDone(let node, let boot, let queue): finishJob(nodes[node], boot: boot, queue: queue)
        case .logRead(let read, let member, let node, let boot):
            finishLogRead(read, member: member, at: nodes[node], boot: boot)
        case .snapshotStep(let node, let boot): finishSnapshotStep(nodes[node], boot: boot)
        case .snapshotRead(let read, let node, let boot): finishSnapshotRead(read, at: nodes[node], boot: boot)
        case .snapshotLoad(let path, let id, let node, let boot):
            finishSnapshotLoad(path, id: id, at: nodes[node], boot: boot)
        case .request(let request, let exchange, let recipient): arrive(request, exchange: exchange, at: recipient)
        case .response(let response, let exchange): arrive(response, exchange: exchange)
        case .failure(let failure, let exchange): fail(exchange, failure)
        case .action(let action): action(self)
        }
    }

    /// Keeps a line for people, with the time.
    func report(_ line: String) {
        if reports.count < 5000 { reports.append("\(now.nanoseconds / 1_000_000) ms, \(line)") }
    }

    func trace(_ value: UInt64) { traceHash = (traceHash ^ value) &* 0x0000_0100_0000_01B3 }

    func fail(_ violation: Violation) { self.violation = self.violation ?? violation }

    // MARK: Clients

    /// Has a client ask `node`. The answer comes in `answers`; a node that does not run answers nothing.
    @discardableResult
    package func submit(_ body: ClientRequest.Body, to node: Int) -> ClientRequest.ID {
        defer { nextRequest += 1 }
        let request = ClientRequest(id: nextRequest, body: body)
        queue.add(.input(.client(request), node: node, boot: nodes[node].boot), at: now)
        return nextRequest
    }

    func answered(_ answer: Answer, to id: ClientRequest.ID) {
        if let revision = answer.acknowledgedRevision {
            acknowledgedIndex = max(acknowledgedIndex, revision)
            do throws(Violation) {
                try clusterLog.checkAcknowledged(revision)
            } catch {
                fail(error)
            }
        }
        counters.note(answer)
        if inquiries[id] != nil { return inquiries[id] = .some(answer) }
        if let onAnswer { onAnswer(id, answer) } else { answers[id] = answer }
    }

    // MARK: What is going on

    /// The node that leads the highest term among those that believe they lead.
    package var leader: SimulatedNode? {
        nodes.filter(\.isLeader).max { $0.replica?.raft.currentTerm ?? 0 < $1.replica?.raft.currentTerm ?? 0 }
    }

    /// How many terms had a leader.
    package var elections: Int { clusterLog.elections }
}
