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

    static let piece = InstallSnapshot(
        position: LogPosition(index: 42, term: 6), size: 300, checksum: 0xE306_9283, offset: 100, bytes: [1, 2, 3])

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
        request(header, .installSnapshot(piece)),
        request(header, .timeoutNow),
        request(header, .administer(.join(nodeID: "n4", address: "d:4", asLearner: true))),
        request(header, .administer(.leave(nodeID: "n3"))),
        request(header, .administer(.transfer(to: "n2"))),
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
        response(header, .appendEntries(.noSpace)),
        response(header, .heartbeat(HeartbeatResponse(round: 12, isAccepted: true, hasSpace: true))),
        response(header, .readIndex(.index(42))),
        response(header, .readIndex(.notLeader)),
        response(
            header,
            .propose(
                ProposeResponse(results: [
                    .applied(outcome: [9]), .notLeader, .overloaded, .unknown, .noSpace(reason: "n2 is full"),
                    .quotaExceeded(reason: "1 GiB"),
                ]))),
        response(header, .installSnapshot(.received(offset: 103))),
        response(header, .installSnapshot(.installed(42))),
        response(header, .installSnapshot(.staleTerm)),
        response(header, .installSnapshot(.noSpace)),
        response(header, .timeoutNow),
        response(header, .administer(.done)),
        response(header, .administer(.refused(AdminRefusal(code: .conflict, message: "n3 is the last voter")))),
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
            switch number(below: 9) {
            case 0:
                .hello(
                    Hello(address: text(40), isAddressExplicit: chance(), recipientAddress: text(40), peers: peers()))
            case 1:
                .requestVote(
                    RequestVote(lastLog: position(below: header.term), isPreVote: chance(), isTransfer: chance()))
            case 2: .appendEntries(appendEntries(upTo: header.term))
            case 3: .heartbeat(Heartbeat(leaderCommit: random.next(), round: random.next()))
            case 4: .readIndex
            case 5: .timeoutNow
            case 6: header.term == 0 ? .readIndex : .installSnapshot(piece(upTo: header.term))
            case 7: .administer(adminRequest())
            default: .propose(Propose(commands: (0..<number(below: 20)).map { _ in bytes(300) }))
            }
        return PeerRequest(header: header, body: body)
    }

    mutating func response() -> PeerResponse {
        let header = header(isFormed: chance())
        let body: PeerResponse.Body =
            switch number(below: 10) {
            case 0: .hello(helloResponse(isFormed: header.clusterID != .none))
            case 1: .requestVote(RequestVoteResponse(isPreVote: chance(), isGranted: chance()))
            case 2:
                .appendEntries(
                    [
                        .matched(matchIndex: random.next()), .staleTerm, .noSpace,
                        .conflict(rejected: random.next(), hint: position(below: .max)),
                    ][number(below: 4)])
            case 3:
                .heartbeat(HeartbeatResponse(round: random.next(), isAccepted: chance(), hasSpace: chance()))
            case 4: .readIndex(chance() ? .index(random.next()) : .notLeader)
            case 5: .propose(ProposeResponse(results: (0..<number(below: 20)).map { _ in result() }))
            case 6: .timeoutNow
            case 7:
                .installSnapshot(
                    [.received(offset: random.next()), .installed(random.next()), .staleTerm, .noSpace][
                        number(below: 4)])
            case 8: .administer(adminResponse())
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
            let isLearner = chance()
            return Member(
                number: Member.Number(place), nodeID: chance() ? "n\(place)" : nil, address: "n\(place):7000",
                instance: chance() ? random.nextID() : nil, isLearner: isLearner,
                isToBePromoted: isLearner && chance())
        }
        return Configuration(
            clusterID: random.nextID(), members: members, nextNumber: Member.Number(members.count + number(below: 9)))
    }

    private mutating func piece(upTo term: Term) -> InstallSnapshot {
        let bytes = bytes(300)
        let offset = random.next() >> 8
        return InstallSnapshot(
            position: LogPosition(index: (random.next() >> 8) + 1, term: max(1, min(term, random.next() >> 16))),
            size: offset + UInt64(bytes.count) + UInt64(number(below: 3)), checksum: UInt32(number(below: 1 << 32)),
            offset: offset, bytes: bytes)
    }

    private mutating func adminRequest() -> AdminRequest {
        switch number(below: 3) {
        case 0: .join(nodeID: text(40), address: text(40), asLearner: chance())
        case 1: .leave(nodeID: text(40))
        default: .transfer(to: text(40))
        }
    }

    private mutating func adminResponse() -> AdminResponse {
        guard chance() else { return .done }
        let codes: [AdminRefusal.Code] = [.unavailable, .conflict, .invalid, .timeout, .notLeader]
        return .refused(AdminRefusal(code: codes[number(below: 5)], message: text(200)))
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
        [
            .applied(outcome: bytes(100)), .notLeader, .overloaded, .unknown, .noSpace(reason: text(40)),
            .quotaExceeded(reason: text(40)),
        ][number(below: 6)]
    }
}
