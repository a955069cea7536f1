import Bytes

/// The bodies of responses:
///
///     0x81 Hello          address (text), explicit (1), peers, standing (1): 0 empty with other members, 1 empty with
///                         the same, 0x10 + membership (1...4) formed
///     0x82 RequestVote    flags (1): 1 pre-vote, 2 granted
///     0x83 AppendEntries  1, match index (8); or 2, rejected index (8), hint (16); or 3 stale term
///     0x84 Heartbeat      round (8), accepted (1)
///     0x85 ReadIndex      1, index (8); or 2 not the leader
///     0x86 Propose        count (varint), then each: 1, outcome; or 2 not the leader; or 3 overloaded; or 4 unknown; or 5 no
///                         space, reason (text); or 6 quota exceeded, reason (text)
///     0x87 InstallSnapshot, see `PeerCodec+Snapshots.swift`
///     0x88 TimeoutNow     nothing
///     0x89 Administer, see `PeerCodec+Administration.swift`
///     0xFF refused        reason (1)
extension PeerCodec {
    enum ResponseKind: UInt8 {
        case hello = 0x81
        case requestVote = 0x82
        case appendEntries = 0x83
        case heartbeat = 0x84
        case readIndex = 0x85
        case propose = 0x86
        case installSnapshot = 0x87
        case timeoutNow = 0x88
        case administer = 0x89
        case refused = 0xFF
    }

    private enum VoteFlags {
        static let preVote: UInt8 = 1
        static let granted: UInt8 = 2
    }

    private enum AppendTag: UInt8 {
        case matched = 1
        case conflict = 2
        case staleTerm = 3
        case noSpace = 4
    }

    private enum ReadTag: UInt8 {
        case index = 1
        case notLeader = 2
    }

    private enum ResultTag: UInt8 {
        case applied = 1
        case notLeader = 2
        case overloaded = 3
        case unknown = 4
        case noSpace = 5
        case quotaExceeded = 6
    }

    private static let formed: UInt8 = 0x10

    static func kind(of body: PeerResponse.Body) -> ResponseKind {
        switch body {
        case .hello: .hello
        case .requestVote: .requestVote
        case .appendEntries: .appendEntries
        case .heartbeat: .heartbeat
        case .readIndex: .readIndex
        case .propose: .propose
        case .installSnapshot: .installSnapshot
        case .timeoutNow: .timeoutNow
        case .administer: .administer
        case .refused: .refused
        }
    }

    static func sizeHint(of body: PeerResponse.Body) -> Int {
        guard case .propose(let response) = body else { return 256 }
        return response.results.reduce(64) {
            guard case .applied(let outcome) = $1 else { return $0 + 1 }
            return $0 + 1 + outcome.count + maximumLengthSize
        }
    }

    static func append(_ body: PeerResponse.Body, to writer: inout ByteWriter) {
        switch body {
        case .hello(let response): append(response, to: &writer)
        case .requestVote(let response):
            let flags = (response.isPreVote ? VoteFlags.preVote : 0) | (response.isGranted ? VoteFlags.granted : 0)
            writer.append(flags)
        case .appendEntries(let response): append(response, to: &writer)
        case .heartbeat(let response):
            writer.append(response.round)
            writer.append(response.isAccepted)
            writer.append(response.hasSpace)
        case .readIndex(.index(let index)):
            writer.append(ReadTag.index.rawValue)
            writer.append(index)
        case .readIndex(.notLeader): writer.append(ReadTag.notLeader.rawValue)
        case .propose(let response): append(response, to: &writer)
        case .installSnapshot(let response): append(response, to: &writer)
        case .timeoutNow: break
        case .administer(let response): append(response, to: &writer)
        case .refused(let refusal): writer.append(refusal.rawValue)
        }
    }

    static func readBody(
        _ kind: ResponseKind, _ header: PeerHeader, from reader: inout FieldReader
    ) throws(Failure) -> PeerResponse.Body {
        switch kind {
        case .hello: return .hello(try readHelloResponse(header, from: &reader))
        case .requestVote:
            let flags = try reader.flags("vote flags", known: VoteFlags.preVote | VoteFlags.granted)
            let isPreVote = flags & VoteFlags.preVote != 0
            return .requestVote(RequestVoteResponse(isPreVote: isPreVote, isGranted: flags & VoteFlags.granted != 0))
        case .appendEntries: return .appendEntries(try readAppendEntriesResponse(from: &reader))
        case .heartbeat:
            let round = try reader.uint64("round")
            return .heartbeat(
                HeartbeatResponse(
                    round: round, isAccepted: try reader.boolean("accepted"), hasSpace: try reader.boolean("space")))
        case .readIndex: return .readIndex(try readReadIndexResponse(from: &reader))
        case .propose: return .propose(try readProposeResponse(from: &reader))
        case .installSnapshot: return .installSnapshot(try readInstallSnapshotResponse(from: &reader))
        case .timeoutNow: return .timeoutNow
        case .administer: return .administer(try readAdminResponse(from: &reader))
        case .refused:
            let code = try reader.byte("refusal")
            guard let refusal = Refusal(rawValue: code) else { throw .malformed("refusal: \(code) is unknown") }
            return .refused(refusal)
        }
    }

    // MARK: Hello

    private static func append(_ response: HelloResponse, to writer: inout ByteWriter) {
        writer.append(text: response.address, maximum: maximumAddressSize)
        writer.append(response.isAddressExplicit)
        append(response.peers, to: &writer)
        switch response.standing {
        case .empty(let isSameMembers): writer.append(isSameMembers)
        case .formed(let membership): writer.append(formed | membership.rawValue)
        }
    }

    private static func readHelloResponse(
        _ header: PeerHeader, from reader: inout FieldReader
    ) throws(Failure) -> HelloResponse {
        let address = try reader.text("address", maximum: maximumAddressSize)
        let isExplicit = try reader.boolean("explicit")
        let peers = try readPeers(from: &reader)
        let code = try reader.byte("standing")
        let standing: HelloResponse.Standing
        if code & formed != 0, let membership = HelloResponse.Membership(rawValue: code & ~formed) {
            guard header.clusterID != .none else { throw .malformed("standing: formed, but in no cluster") }
            standing = .formed(membership)
        } else {
            guard code <= 1 else { throw .malformed("standing: \(code) is unknown") }
            guard header.clusterID == .none else { throw .malformed("standing: empty, but in a cluster") }
            standing = .empty(isSameMembers: code == 1)
        }
        return HelloResponse(address: address, isAddressExplicit: isExplicit, peers: peers, standing: standing)
    }

    // MARK: AppendEntries, ReadIndex

    private static func append(_ response: AppendEntriesResponse, to writer: inout ByteWriter) {
        switch response {
        case .matched(let matchIndex):
            writer.append(AppendTag.matched.rawValue)
            writer.append(matchIndex)
        case .conflict(let rejected, let hint):
            writer.append(AppendTag.conflict.rawValue)
            writer.append(rejected)
            append(hint, to: &writer)
        case .staleTerm: writer.append(AppendTag.staleTerm.rawValue)
        case .noSpace: writer.append(AppendTag.noSpace.rawValue)
        }
    }

    private static func readAppendEntriesResponse(
        from reader: inout FieldReader
    ) throws(Failure) -> AppendEntriesResponse {
        let tag = try reader.byte("append result")
        switch AppendTag(rawValue: tag) {
        case .matched: return .matched(matchIndex: try reader.uint64("match index"))
        case .conflict:
            let rejected = try reader.uint64("rejected index")
            // A hint is advice, which the leader bounds by its own log: any pair of numbers will do.
            let hint = LogPosition(index: try reader.uint64("hint"), term: try reader.uint64("hint"))
            return .conflict(rejected: rejected, hint: hint)
        case .staleTerm: return .staleTerm
        case .noSpace: return .noSpace
        case nil: throw .malformed("append result: \(tag) is unknown")
        }
    }

    private static func readReadIndexResponse(from reader: inout FieldReader) throws(Failure) -> ReadIndexResponse {
        let tag = try reader.byte("read result")
        switch ReadTag(rawValue: tag) {
        case .index: return .index(try reader.uint64("read index"))
        case .notLeader: return .notLeader
        case nil: throw .malformed("read result: \(tag) is unknown")
        }
    }

    // MARK: Propose

    private static func append(_ response: ProposeResponse, to writer: inout ByteWriter) {
        writer.append(count: response.results.count, maximum: maximumCommands)
        for result in response.results {
            switch result {
            case .applied(let outcome):
                writer.append(ResultTag.applied.rawValue)
                writer.appendLengthPrefixed(outcome)
            case .notLeader: writer.append(ResultTag.notLeader.rawValue)
            case .overloaded: writer.append(ResultTag.overloaded.rawValue)
            case .unknown: writer.append(ResultTag.unknown.rawValue)
            case .noSpace(let reason):
                writer.append(ResultTag.noSpace.rawValue)
                writer.append(reason: reason)
            case .quotaExceeded(let reason):
                writer.append(ResultTag.quotaExceeded.rawValue)
                writer.append(reason: reason)
            }
        }
    }

    private static func readProposeResponse(from reader: inout FieldReader) throws(Failure) -> ProposeResponse {
        let count = try reader.count("results", maximum: maximumCommands, minimumSize: 1)
        var results: [ProposeResponse.Result] = []
        results.reserveCapacity(count)
        for _ in 0..<count {
            let tag = try reader.byte("result")
            switch ResultTag(rawValue: tag) {
            case .applied: results.append(.applied(outcome: try reader.bytes("outcome")))
            case .notLeader: results.append(.notLeader)
            case .overloaded: results.append(.overloaded)
            case .unknown: results.append(.unknown)
            case .noSpace: results.append(.noSpace(reason: try reader.text("reason", maximum: maximumReasonSize)))
            case .quotaExceeded:
                results.append(.quotaExceeded(reason: try reader.text("reason", maximum: maximumReasonSize)))
            case nil: throw .malformed("result: \(tag) is unknown")
            }
        }
        return ProposeResponse(results: results)
    }
}
