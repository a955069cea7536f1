import Raft

/// Several engines in one value, their messages delivered by hand, their clock set by hand.
struct EngineCluster {
    struct Packet {
        enum Body {
            case request(PeerRequest)
            case response(PeerResponse)
        }

        /// Nodes, whatever number they have in a configuration.
        let from: Member.Number
        let to: Member.Number
        /// The number under which the request was sent.
        let member: Member.Number
        let body: Body
    }

    let settings: RaftSettings
    let seed: UInt64
    var now = Instant.zero
    private(set) var nodes: [EngineNode] = []
    var packets: [Packet] = []
    /// Nodes that nobody hears, and that hear nobody.
    var isolated: [Member.Number] = []

    /// What happened, one line each, for scripts.
    var trace: [String] = []
    /// All reads answered and refused so far.
    private(set) var reads: [Ready.ReadState] = []
    private(set) var failedReads: [UInt64] = []
    private var newlyApplied: [(node: Member.Number, entry: LogEntry)] = []
    private var newlyAppended: [(node: Member.Number, entry: LogEntry, previous: Term?)] = []
    private var restarts: UInt64 = 0

    /// Members 1 through `size`, with empty disks.
    /// - Parameters:
    ///   - unbound: members that formation has not met: they are admitted, and have no configuration.
    ///   - learners: members that do not vote.
    ///   - spares: how many more nodes there are that belong to nothing yet.
    init(
        size: Int, settings: RaftSettings, seed: UInt64 = 1, unbound: [Member.Number] = [],
        learners: [Member.Number] = [], spares: Int = 0
    ) {
        self.settings = settings
        self.seed = seed
        let numbers = (1...size).map(Member.Number.init)
        let members = numbers.map { Self.member($0, isBound: !unbound.contains($0), isLearner: learners.contains($0)) }
        nodes = (1...(size + spares)).map {
            EngineNode(number: Member.Number($0), settings: settings, seed: seed &* 1000 &+ UInt64($0), now: now)
        }
        for number in numbers {
            let isMet = !unbound.contains(number)
            let event = isMet ? Event.bootstrap(Configuration(clusterID: .none, members: members)) : .admitted
            self[number].formation = event
            step(event, at: number)
        }
        trace = []
    }

    static func member(_ number: Member.Number, isBound: Bool = true, isLearner: Bool = false) -> Member {
        Member(
            number: number, nodeID: "n\(number)", address: "n\(number):1",
            instance: isBound ? EngineNode.identity(number).instance : nil, isLearner: isLearner)
    }

    subscript(number: Member.Number) -> EngineNode {
        get { nodes[Int(number) - 1] }
        set { nodes[Int(number) - 1] = newValue }
    }

    // MARK: Events

    mutating func step(_ event: Event, at number: Member.Number) {
        self[number].raft.step(event, now: now)
        turn(number)
    }

    /// Sets the clock to the node's deadline unless that has passed, and lets it notice.
    mutating func tick(_ number: Member.Number) {
        now = max(now, deadline(of: number))
        step(.tick, at: number)
    }

    /// When the node wants to be woken.
    func deadline(of number: Member.Number) -> Instant {
        var copy = self[number].raft
        return copy.takeReady(now: now).deadline
    }

    mutating func deliver(_ packet: Packet) {
        if isolated.contains(packet.from) || isolated.contains(packet.to) { return }
        switch packet.body {
        case .request(let request):
            step(.request(request, token: UInt64(packet.from) | UInt64(packet.member) << 32), at: packet.to)
        case .response(let response): step(.response(response, from: packet.member), at: packet.to)
        }
    }

    /// The entries that were applied anywhere since the last call.
    mutating func takeNewlyApplied() -> [(node: Member.Number, entry: LogEntry)] {
        defer { newlyApplied = [] }
        return newlyApplied
    }

    /// The entries that were appended anywhere since the last call, each with the term of the one before it.
    mutating func takeNewlyAppended() -> [(node: Member.Number, entry: LogEntry, previous: Term?)] {
        defer { newlyAppended = [] }
        return newlyAppended
    }

    /// Delivers until nothing is on its way.
    mutating func deliverAll() {
        var count = 0
        while !packets.isEmpty {
            count += 1
            precondition(count < 100_000, "the engines talk without end")
            deliver(packets.removeFirst())
        }
    }

    /// Lets `number` win an election, everybody else being silent meanwhile.
    mutating func elect(_ number: Member.Number) {
        tick(number)
        deliverAll()
    }

    mutating func restart(_ number: Member.Number, commitIndex: LogIndex) throws {
        restarts += 1
        packets.removeAll { $0.from == number || $0.to == number }
        try self[number].restart(
            commitIndex: commitIndex, settings: settings, seed: seed &* 1000 &+ UInt64(number) &+ restarts &* 100,
            now: now)
        if self[number].lastDurable == 0, let formation = self[number].formation { step(formation, at: number) }
    }

    mutating func finishWrite(_ number: Member.Number) {
        let position = self[number].finishWrite()
        step(.persisted(position), at: number)
    }

    // MARK: Work

    private mutating func turn(_ number: Member.Number) {
        let ready = self[number].raft.takeReady(now: now)
        note(ready, of: number)
        if let state = ready.hardState { self[number].hardState = state }
        for message in ready.messages { send(message, from: number) }
        if ready.truncateAfter != nil || !ready.entries.isEmpty {
            self[number].writes.append(EngineNode.DiskWrite(truncateAfter: ready.truncateAfter, entries: ready.entries))
        }
        let writes = self[number].writesDone + self[number].writes.count
        self[number].waiting += ready.messagesAfterEntries.map { (after: writes, message: $0) }
        self[number].applied += ready.committed
        self[number].owed += ready.snapshotsNeeded
        newlyApplied += ready.committed.map { (node: number, entry: $0) }
        let log = self[number].raft.log
        newlyAppended += ready.entries.map { (node: number, entry: $0, previous: log.term(at: $0.index - 1)) }
        reads += ready.reads
        failedReads += ready.failedReads
        for read in ready.logReads { serve(read, to: number) }
        for message in self[number].takeUnblocked() { send(message, from: number) }
        if ready.hardState != nil { step(.hardStatePersisted, at: number) }
        while !self[number].isDiskHeld, !self[number].writes.isEmpty { finishWrite(number) }
    }

    private mutating func serve(_ read: Ready.LogRead, to number: Member.Number) {
        let entries = self[number].durable.filter { $0.index >= read.from }
        step(.entriesRead(Array(entries.prefix(2)), for: read.member), at: number)
    }

    private mutating func send(_ message: Outbound, from number: Member.Number) {
        let packet: Packet
        switch message {
        case .request(let request, let recipient):
            guard let node = node(of: recipient, knownTo: number) else { return }
            packet = Packet(from: number, to: node, member: recipient, body: .request(request))
        case .reply(let reply, let token):
            packet = Packet(
                from: number, to: Member.Number(truncatingIfNeeded: token), member: Member.Number(token >> 32),
                body: .response(self[number].raft.current(reply)))
        }
        trace.append("  \(number) sends \(EngineText.describe(packet))")
        packets.append(packet)
    }

    /// The node that bears the number `member` in the configuration of node `number`.
    func node(of member: Member.Number, knownTo number: Member.Number) -> Member.Number? {
        let name = self[number].raft.member(member)?.nodeID
        return nodes.first { $0.identity.nodeID == name }?.number
    }

    private mutating func note(_ ready: Ready, of number: Member.Number) {
        trace += EngineText.describe(ready).map { "  \(number) \($0)" }
        let role = self[number].raft.role
        if role != self[number].toldRole { trace.append("  \(number) is now \(role)") }
        self[number].toldRole = role
    }
}
