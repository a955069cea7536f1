import Raft
import StateMachine

/// First inputs for the formats that nobody writes by hand: what the encoders make. Those of text are files of the corpus alone.
package enum Seeds {
    package struct Seed {
        package let target: String
        package let name: String
        package let bytes: [UInt8]
    }

    /// - Throws: when the disk of a seed cannot be read.
    package static func all() throws -> [Seed] {
        frames.enumerated().map { Seed(target: "peer-frames", name: "seed-\($0.offset)", bytes: $0.element) }
            + [
                Seed(
                    target: "wire-values", name: "seed-configuration", bytes: ConfigurationCodec.encode(configuration)),
                Seed(target: "wire-values", name: "seed-command", bytes: commands[0].encode()),
                Seed(target: "commands", name: "seed-commands", bytes: Container.pack(payloads)),
                Seed(target: "snapshot-stream", name: "seed-state", bytes: SnapshotPromises.encode(state.view())),
                Seed(target: "documents", name: "seed-raft-meta", bytes: MetaFile.encode(hardState)),
                Seed(target: "documents", name: "seed-format", bytes: format.encode()),
                Seed(target: "documents", name: "seed-peers", bytes: PeersFile.encode(configuration.members)),
            ] + (try disks()) + extremes
    }

    /// States that nobody comes to, with checksums that fit.
    private static var extremes: [Seed] {
        let state = SnapshotPromises.encode(state.view())
        // Behind the prologue, a frame's header and kind, and the cluster's id.
        let index = 12 + 8 + 1 + 16
        let places = ["last-index": index, "last-term": index + 8, "last-clock": index + 24]
        return places.sorted { $0.key < $1.key }.map { name, place in
            var changed = state
            changed.replaceSubrange(place..<(place + 8), with: repeatElement(0xFF, count: 8))
            if name == "last-clock" { changed.replaceSubrange((index + 5)..<(index + 7), with: [0xFF, 0xFF]) }
            return Seed(target: "snapshot-stream", name: "seed-\(name)", bytes: Seals.snapshot(changed))
        }
    }

    private static func disks() throws -> [Seed] {
        let log = try SeedDirectory.files(withSnapshot: false)
        let segments = log.filter { $0.path.hasPrefix("raft_log/") }
        let directories = [log, try SeedDirectory.files(withSnapshot: true), []].enumerated().map {
            Seed(target: "recovery-directory", name: "seed-\($0.offset)", bytes: Container.pack($0.element))
        }
        return directories + segments.prefix(1).map { Seed(target: "log-segments", name: "seed-log", bytes: $0.bytes) }
    }

    static let clusterID = ClusterID(high: 5, low: 6)
    static let identity = Identity(nodeID: "n1", instance: InstanceID(high: 1, low: 2))
    static let hardState = HardState(currentTerm: 3, votedFor: identity)
    static let format = FormatFile(nodeID: "n1", instance: identity.instance, clusterID: clusterID)

    static let configuration = Configuration(
        clusterID: clusterID,
        members: [
            Member(
                number: 1, nodeID: "n1", address: "a:1", instance: identity.instance, isLearner: false,
                isToBePromoted: false),
            Member(number: 2, nodeID: nil, address: "b:2", instance: nil, isLearner: true, isToBePromoted: true),
        ],
        nextNumber: 3)

    private static let header = PeerHeader(
        clusterID: clusterID, sender: identity, recipient: InstanceID(high: 3, low: 4), term: 7)

    private static let peers = [PeerSpecification(nodeID: "n2", address: "b:2")]

    private static let requests: [PeerRequest.Body] = [
        .hello(Hello(address: "a:1", isAddressExplicit: true, recipientAddress: "b:2", peers: peers)),
        .requestVote(RequestVote(lastLog: LogPosition(index: 5, term: 4), isPreVote: true)),
        .appendEntries(
            AppendEntries(
                previous: LogPosition(index: 9, term: 5),
                entries: [
                    LogEntry(term: 6, index: 10, kind: .noop, payload: []),
                    LogEntry(
                        term: 6, index: 11, kind: .configuration, payload: ConfigurationCodec.encode(configuration)),
                    LogEntry(term: 7, index: 12, kind: .command, payload: [0xAA, 0xBB]),
                ],
                leaderCommit: 8)),
        .heartbeat(Heartbeat(leaderCommit: 3, round: 12)),
        .readIndex,
        .propose(Propose(commands: [[1, 2, 3], []])),
        .installSnapshot(
            InstallSnapshot(
                position: LogPosition(index: 42, term: 6), size: 300, checksum: 9, offset: 100, bytes: [1, 2, 3])),
        .timeoutNow,
        .administer(.join(nodeID: "n4", address: "d:4", asLearner: true)),
    ]

    private static let responses: [PeerResponse.Body] = [
        .hello(
            HelloResponse(
                address: "b:2", isAddressExplicit: false, peers: peers, standing: .empty(isSameMembers: true))),
        .requestVote(RequestVoteResponse(isPreVote: false, isGranted: true)),
        .appendEntries(.conflict(rejected: 9, hint: LogPosition(index: 6, term: 2))),
        .heartbeat(HeartbeatResponse(round: 12, isAccepted: true)),
        .readIndex(.index(42)),
        .propose(ProposeResponse(results: [.applied(outcome: [9]), .unknown, .noSpace(reason: "n2 is full")])),
        .installSnapshot(.received(offset: 103)),
        .timeoutNow,
        .administer(.refused(AdminRefusal(code: .conflict, message: "n3 is the last voter"))),
        .refused(.wiped),
    ]

    private static var frames: [[UInt8]] {
        requests.map { PeerCodec.encode(PeerRequest(header: header, body: $0)) }
            + responses.map { PeerCodec.encode(PeerResponse(header: header, body: $0)) }
    }
}
