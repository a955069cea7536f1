import Bytes

/// The bodies of requests:
///
///     1 Hello          address (text), explicit (1), recipient's address (text), peers
///     2 RequestVote    last log position (16), flags (1): 1 pre-vote, 2 transfer
///     3 AppendEntries  previous position (16), leader's commit (8), count (varint), then each entry:
///                      term (8), kind (1), payload; the index is the previous one's plus one
///     4 Heartbeat      leader's commit (8), round (8)
///     5 ReadIndex      nothing
///     6 Propose        count (varint), then each command
///     7 InstallSnapshot, see `PeerCodec+Snapshots.swift`
///     8 TimeoutNow     nothing
///     9 Administer, see `PeerCodec+Administration.swift`
///
/// A position is index (8) and term (8). Peers are a count (varint), then each: named (1), node id (text) if named,
/// address (text).
extension PeerCodec {
    enum RequestKind: UInt8 {
        case hello = 1
        case requestVote = 2
        case appendEntries = 3
        case heartbeat = 4
        case readIndex = 5
        case propose = 6
        case installSnapshot = 7
        case timeoutNow = 8
        case administer = 9
    }

    private enum VoteFlags {
        static let preVote: UInt8 = 1
        static let transfer: UInt8 = 2
    }

    /// Term, kind and the length of an empty payload.
    private static let minimumEntrySize = 8 + 1 + 1
    /// The longest varint that the length of something within a frame can have, in bytes.
    static let maximumLengthSize = 4

    static func kind(of body: PeerRequest.Body) -> RequestKind {
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
        }
    }

    /// How many bytes to make room for, so that long bodies are not moved while they are written.
    static func sizeHint(of body: PeerRequest.Body) -> Int {
        switch body {
        case .appendEntries(let append):
            append.entries.reduce(64) { $0 + $1.payload.count + minimumEntrySize + maximumLengthSize }
        case .propose(let propose): propose.commands.reduce(64) { $0 + $1.count + maximumLengthSize }
        case .installSnapshot(let piece): 64 + piece.bytes.count
        case .hello, .requestVote, .heartbeat, .readIndex, .timeoutNow, .administer: 256
        }
    }

    static func append(_ body: PeerRequest.Body, to writer: inout ByteWriter) {
        switch body {
        case .hello(let hello): append(hello, to: &writer)
        case .requestVote(let vote):
            append(vote.lastLog, to: &writer)
            let flags = (vote.isPreVote ? VoteFlags.preVote : 0) | (vote.isTransfer ? VoteFlags.transfer : 0)
            writer.append(flags)
        case .appendEntries(let message): append(message, to: &writer)
        case .heartbeat(let heartbeat):
            writer.append(heartbeat.leaderCommit)
            writer.append(heartbeat.round)
        case .readIndex: break
        case .propose(let propose): append(propose.commands, to: &writer)
        case .installSnapshot(let piece): append(piece, to: &writer)
        case .timeoutNow: break
        case .administer(let request): append(request, to: &writer)
        }
    }

    static func readBody(
        _ kind: RequestKind, _ header: PeerHeader, from reader: inout FieldReader
    ) throws(Failure) -> PeerRequest.Body {
        switch kind {
        case .hello: return .hello(try readHello(from: &reader))
        case .requestVote:
            let lastLog = try readPosition("last log position", limit: header.term, from: &reader)
            let flags = try reader.flags("vote flags", known: VoteFlags.preVote | VoteFlags.transfer)
            let isPreVote = flags & VoteFlags.preVote != 0
            let isTransfer = flags & VoteFlags.transfer != 0
            return .requestVote(RequestVote(lastLog: lastLog, isPreVote: isPreVote, isTransfer: isTransfer))
        case .appendEntries: return .appendEntries(try readAppendEntries(header, from: &reader))
        case .heartbeat:
            let leaderCommit = try reader.uint64("leader's commit")
            return .heartbeat(Heartbeat(leaderCommit: leaderCommit, round: try reader.uint64("round")))
        case .readIndex: return .readIndex
        case .propose: return .propose(Propose(commands: try readCommands(from: &reader)))
        case .installSnapshot: return .installSnapshot(try readInstallSnapshot(header, from: &reader))
        case .timeoutNow: return .timeoutNow
        case .administer: return .administer(try readAdminRequest(from: &reader))
        }
    }

    // MARK: AppendEntries

    private static func append(_ message: AppendEntries, to writer: inout ByteWriter) {
        append(message.previous, to: &writer)
        writer.append(message.leaderCommit)
        writer.append(count: message.entries.count, maximum: maximumEntries)
        var index = message.previous.index
        for entry in message.entries {
            index += 1
            precondition(entry.index == index, "entry \(entry.position) where index \(index) belongs")
            writer.append(entry.term)
            writer.append(entry.kind.rawValue)
            writer.appendLengthPrefixed(entry.payload)
        }
    }

    private static func readAppendEntries(
        _ header: PeerHeader, from reader: inout FieldReader
    ) throws(Failure) -> AppendEntries {
        let previous = try readPosition("previous position", limit: header.term, from: &reader)
        let leaderCommit = try reader.uint64("leader's commit")
        let count = try reader.count("entries", maximum: maximumEntries, minimumSize: minimumEntrySize)
        var entries: [LogEntry] = []
        entries.reserveCapacity(count)
        // The first entry of a log is of term 1 at least.
        var lowestTerm = max(previous.term, 1)
        for offset in 0..<LogIndex(count) {
            let term = try reader.uint64("entry's term")
            guard term >= lowestTerm, term <= header.term else {
                throw .malformed("entry's term: \(term) is not \(lowestTerm) to \(header.term)")
            }
            let code = try reader.byte("entry's kind")
            guard let kind = LogEntry.Kind(rawValue: code) else { throw .malformed("entry's kind: \(code) is unknown") }
            let payload = try reader.bytes("entry's payload")
            if kind == .configuration { try check(configuration: payload) }
            entries.append(LogEntry(term: term, index: previous.index + 1 + offset, kind: kind, payload: payload))
            lowestTerm = term
        }
        return AppendEntries(previous: previous, entries: entries, leaderCommit: leaderCommit)
    }

    /// The engine puts a configuration in force as soon as it is appended: too late to find out that it is none.
    private static func check(configuration payload: [UInt8]) throws(Failure) {
        do throws(Failure) {
            _ = try ConfigurationCodec.decode(payload)
        } catch {
            throw .malformed("entry's configuration: \(error)")
        }
    }

    // MARK: Propose

    private static func readCommands(from reader: inout FieldReader) throws(Failure) -> [[UInt8]] {
        let count = try reader.count("commands", maximum: maximumCommands, minimumSize: 1)
        var commands: [[UInt8]] = []
        commands.reserveCapacity(count)
        for _ in 0..<count { commands.append(try reader.bytes("command")) }
        return commands
    }

    // MARK: Hello

    private static func append(_ hello: Hello, to writer: inout ByteWriter) {
        writer.append(text: hello.address, maximum: maximumAddressSize)
        writer.append(hello.isAddressExplicit)
        writer.append(text: hello.recipientAddress, maximum: maximumAddressSize)
        append(hello.peers, to: &writer)
    }

    private static func readHello(from reader: inout FieldReader) throws(Failure) -> Hello {
        let address = try reader.text("address", maximum: maximumAddressSize)
        let isExplicit = try reader.boolean("explicit")
        let recipientAddress = try reader.text("recipient's address", maximum: maximumAddressSize)
        let peers = try readPeers(from: &reader)
        return Hello(address: address, isAddressExplicit: isExplicit, recipientAddress: recipientAddress, peers: peers)
    }

    static func append(_ peers: [PeerSpecification], to writer: inout ByteWriter) {
        writer.append(count: peers.count, maximum: maximumMembers)
        for peer in peers {
            writer.append(peer.nodeID != nil)
            if let nodeID = peer.nodeID { writer.append(text: nodeID, maximum: maximumNodeIDSize) }
            writer.append(text: peer.address, maximum: maximumAddressSize)
        }
    }

    static func readPeers(from reader: inout FieldReader) throws(Failure) -> [PeerSpecification] {
        // A nameless peer takes a flag, a length and one byte at least.
        let count = try reader.count("peers", maximum: maximumMembers, minimumSize: 3)
        var peers: [PeerSpecification] = []
        peers.reserveCapacity(count)
        for _ in 0..<count {
            let isNamed = try reader.boolean("peer's flags")
            let nodeID = isNamed ? try reader.text("peer's node id", maximum: maximumNodeIDSize) : nil
            let address = try reader.text("peer's address", maximum: maximumAddressSize)
            peers.append(PeerSpecification(nodeID: nodeID, address: address))
        }
        return peers
    }
}
