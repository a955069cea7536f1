import Raft

/// Messages to try the codec on: one of each kind, fixed, and any number by chance.
enum Samples {
    static let clusterID = ClusterID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
    static let sender = Identity(nodeID: "n1", instance: InstanceID(high: 0x11, low: 0x22))
    static let recipient = InstanceID(high: 0x33, low: 0x44)
    static let header = PeerHeader(clusterID: clusterID, sender: sender, recipient: recipient, term: 7)
    /// Of a node in no cluster.
    static let newcomer = PeerHeader(clusterID: .none, sender: sender, recipient: .none, term: 0)

    static let peers = [
        PeerSpecification(nodeID: "n2", address: "b:2"), PeerSpecification(nodeID: nil, address: "c:3"),
    ]

    static let requests: [PeerRequest] = [
        request(
            newcomer, .hello(Hello(address: "a:1", isAddressExplicit: true, recipientAddress: "b:2", peers: peers))),
        request(
            header,
            .requestVote(
                RequestVote(lastLog: LogPosition(index: 5, term: 4), isPreVote: true, isTransfer: false))),
        request(
            header,
            .appendEntries(
                AppendEntries(
                    previous: LogPosition(index: 9, term: 5),
                    entries: [
                        LogEntry(term: 6, index: 10, kind: .noop, payload: []),
                        LogEntry(term: 7, index: 11, kind: .command, payload: [0xAA, 0xBB]),
                    ],
                    leaderCommit: 8))),
        request(header, .heartbeat(Heartbeat(leaderCommit: 3, round: 12))),
        request(header, .readIndex),
        request(header, .propose(Propose(commands: [[1, 2, 3], []]))),
    ]

    static let responses: [PeerResponse] = [
        response(
            newcomer,
            .hello(
                HelloResponse(
                    address: "b:2", isAddressExplicit: false, peers: peers, standing: .empty(isSameMembers: true)))),
        response(
            header,
            .hello(
                HelloResponse(address: "b:2", isAddressExplicit: true, peers: [], standing: .formed(.boundToAnother)))),
        response(header, .requestVote(RequestVoteResponse(isPreVote: false, isGranted: true))),
        response(header, .appendEntries(.matched(matchIndex: 11))),
        response(header, .appendEntries(.conflict(rejected: 9, hint: LogPosition(index: 6, term: 2)))),
        response(header, .appendEntries(.staleTerm)),
        response(header, .heartbeat(HeartbeatResponse(round: 12, isAccepted: true))),
        response(header, .readIndex(.index(42))),
        response(header, .readIndex(.notLeader)),
        response(
            header,
            .propose(ProposeResponse(results: [.applied(outcome: [9]), .notLeader, .overloaded, .unknown]))),
        response(header, .refused(.wiped)),
    ]

    static func request(_ header: PeerHeader, _ body: PeerRequest.Body) -> PeerRequest {
        PeerRequest(header: header, body: body)
    }

    static func response(_ header: PeerHeader, _ body: PeerResponse.Body) -> PeerResponse {
        PeerResponse(header: header, body: body)
    }
}

/// Sound messages by chance.
struct RandomMessages {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func request() -> PeerRequest {
        let header = header(isFormed: chance())
        let body: PeerRequest.Body =
            switch number(below: 6) {
            case 0:
                .hello(
                    Hello(address: text(40), isAddressExplicit: chance(), recipientAddress: text(40), peers: peers()))
            case 1:
                .requestVote(
                    RequestVote(lastLog: position(below: header.term), isPreVote: chance(), isTransfer: chance()))
            case 2: .appendEntries(appendEntries(upTo: header.term))
            case 3: .heartbeat(Heartbeat(leaderCommit: random.next(), round: random.next()))
            case 4: .readIndex
            default: .propose(Propose(commands: (0..<number(below: 20)).map { _ in bytes(300) }))
            }
        return PeerRequest(header: header, body: body)
    }

    mutating func response() -> PeerResponse {
        let header = header(isFormed: chance())
        let body: PeerResponse.Body =
            switch number(below: 7) {
            case 0: .hello(helloResponse(isFormed: header.clusterID != .none))
            case 1: .requestVote(RequestVoteResponse(isPreVote: chance(), isGranted: chance()))
            case 2:
                .appendEntries(
                    [
                        .matched(matchIndex: random.next()), .staleTerm,
                        .conflict(rejected: random.next(), hint: position(below: .max)),
                    ][number(below: 3)])
            case 3: .heartbeat(HeartbeatResponse(round: random.next(), isAccepted: chance()))
            case 4: .readIndex(chance() ? .index(random.next()) : .notLeader)
            case 5: .propose(ProposeResponse(results: (0..<number(below: 20)).map { _ in result() }))
            default: .refused([.otherCluster, .otherInstance, .unbound, .wiped][number(below: 4)])
            }
        return PeerResponse(header: header, body: body)
    }

    mutating func number(below limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    mutating func bytes(_ limit: Int) -> [UInt8] {
        (0..<number(below: limit + 1)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private mutating func chance() -> Bool { random.next() & 1 == 1 }

    private mutating func text(_ limit: Int) -> String {
        String((0...number(below: limit)).map { _ in Array("abcz09-.:é日🙂")[number(below: 12)] })
    }

    private mutating func header(isFormed: Bool) -> PeerHeader {
        PeerHeader(
            clusterID: isFormed ? random.nextID() : .none,
            sender: Identity(nodeID: text(60), instance: random.nextID()),
            recipient: chance() ? random.nextID() : .none, term: random.next() >> UInt64(2 + number(below: 58)))
    }

    private mutating func position(below term: Term) -> LogPosition {
        guard term > 0, chance() else { return .zero }
        return LogPosition(index: (random.next() >> 8) + 1, term: min(term, (random.next() >> 16) + 1))
    }

    private mutating func appendEntries(upTo term: Term) -> AppendEntries {
        let previous = position(below: term)
        var entries: [LogEntry] = []
        var last = max(previous.term, 1)
        for offset in 0..<(term == 0 ? 0 : number(below: 30)) {
            last += chance() ? 0 : min(UInt64(number(below: 3)), term - last)
            let kind = [LogEntry.Kind.noop, .configuration, .command][number(below: 3)]
            let payload = kind == .configuration ? ConfigurationCodec.encode(configuration()) : bytes(400)
            entries.append(
                LogEntry(term: last, index: previous.index + 1 + UInt64(offset), kind: kind, payload: payload))
        }
        return AppendEntries(previous: previous, entries: entries, leaderCommit: random.next())
    }

    private mutating func configuration() -> Configuration {
        let members = (0..<number(below: 6)).map { place in
            Member(
                number: Member.Number(place), nodeID: chance() ? "n\(place)" : nil, address: "n\(place):7000",
                instance: chance() ? random.nextID() : nil, isLearner: chance())
        }
        return Configuration(clusterID: random.nextID(), members: members)
    }

    private mutating func peers() -> [PeerSpecification] {
        (0..<number(below: 8)).map { _ in PeerSpecification(nodeID: chance() ? text(20) : nil, address: text(40)) }
    }

    private mutating func helloResponse(isFormed: Bool) -> HelloResponse {
        let membership: [HelloResponse.Membership] = [.stranger, .unbound, .bound, .boundToAnother]
        return HelloResponse(
            address: text(40), isAddressExplicit: chance(), peers: peers(),
            standing: isFormed ? .formed(membership[number(below: 4)]) : .empty(isSameMembers: chance()))
    }

    private mutating func result() -> ProposeResponse.Result {
        [.applied(outcome: bytes(100)), .notLeader, .overloaded, .unknown][number(below: 4)]
    }
}
