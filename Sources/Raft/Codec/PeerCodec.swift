import Bytes

/// Messages between nodes as bytes: the body of a POST to `/raft/*`, and of its answer.
///
/// A frame, integers little-endian, a text or byte string behind its length as a varint (LEB128, shortest form):
///
///     magic               4   "RAFT"
///     protocol version    1   2
///     kind                1   1...9 a request, 0x81...0x89 its response, 0xFF a refusal
///     cluster id         16   zeros: none yet
///     sender's instance  16
///     sender's node id    -   text of 1...255 bytes
///     recipient          16   instance the message is for; zeros: not known yet
///     term                8
///     body                -   by kind, see `PeerCodec+Requests.swift` and `PeerCodec+Responses.swift`
///     checksum            4   CRC-32C over everything before
///
/// What decodes has one spelling only, and is sound in itself: counts within limits, positions that can exist, entries
/// dense with terms that never fall and never exceed the header's, texts that are UTF-8, nothing behind the end.
/// Whether it comes from somebody who may say so is for the engine to judge.
package enum PeerCodec {
    package typealias Failure = CodecFailure

    /// Grows with every change that an older node would misread.
    package static let protocolVersion: UInt8 = 2
    /// The most bytes a frame may have: what an HTTP server must be ready to take, and a value and its batch fit into.
    package static let maximumFrameSize = 64 << 20
    /// The most entries in one AppendEntries.
    package static let maximumEntries = 65_536
    /// The most commands in one Propose.
    package static let maximumCommands = 65_536
    /// The most members a configuration has, and addresses a list of peers.
    package static let maximumMembers = 1024
    /// In bytes of UTF-8.
    package static let maximumNodeIDSize = 255
    /// `host:port` in bytes of UTF-8: a name of 253, or an IPv6 address with its zone, and room.
    package static let maximumAddressSize = 512

    /// The most bytes of a snapshot in one message.
    package static let maximumPieceSize = 1 << 20
    /// Why something was refused, in bytes of UTF-8; longer texts are clipped.
    package static let maximumReasonSize = 4096

    static let magic: [UInt8] = Array("RAFT".utf8)
    static let checksumSize = 4
    /// Everything but the body, with a node id of one byte.
    static let minimumFrameSize = 4 + 1 + 1 + 16 + 16 + 2 + 16 + 8 + checksumSize
    static let maximumEnvelopeSize = minimumFrameSize + maximumNodeIDSize

    /// The frame of a request.
    /// - Precondition: within the limits above.
    /// - Complexity: O(n): one copy and one checksum of what the message holds
    package static func encode(_ request: PeerRequest) -> [UInt8] {
        var writer = ByteWriter(reserving: maximumEnvelopeSize + sizeHint(of: request.body))
        append(request.header, kind: kind(of: request.body).rawValue, to: &writer)
        append(request.body, to: &writer)
        return sealed(&writer)
    }

    /// The frame of a response.
    /// - Precondition: within the limits above.
    package static func encode(_ response: PeerResponse) -> [UInt8] {
        var writer = ByteWriter(reserving: maximumEnvelopeSize + sizeHint(of: response.body))
        append(response.header, kind: kind(of: response.body).rawValue, to: &writer)
        append(response.body, to: &writer)
        return sealed(&writer)
    }

    /// The request in a frame that may come from anywhere.
    package static func decodeRequest(_ bytes: [UInt8]) throws(Failure) -> PeerRequest {
        var reader = try fields(of: bytes)
        let code = try reader.byte("kind")
        guard let kind = RequestKind(rawValue: code) else { throw .unknownKind(code) }
        let header = try readHeader(from: &reader)
        let body = try readBody(kind, header, from: &reader)
        try reader.expectEnd()
        return PeerRequest(header: header, body: body)
    }

    /// The response in a frame that may come from anywhere.
    package static func decodeResponse(_ bytes: [UInt8]) throws(Failure) -> PeerResponse {
        var reader = try fields(of: bytes)
        let code = try reader.byte("kind")
        guard let kind = ResponseKind(rawValue: code) else { throw .unknownKind(code) }
        let header = try readHeader(from: &reader)
        let body = try readBody(kind, header, from: &reader)
        try reader.expectEnd()
        return PeerResponse(header: header, body: body)
    }

    // MARK: The envelope

    private static func append(_ header: PeerHeader, kind: UInt8, to writer: inout ByteWriter) {
        writer.append(bytes: magic)
        writer.append(protocolVersion)
        writer.append(kind)
        writer.append(header.clusterID)
        writer.append(header.sender.instance)
        writer.append(text: header.sender.nodeID, maximum: maximumNodeIDSize)
        writer.append(header.recipient)
        writer.append(header.term)
    }

    private static func readHeader(from reader: inout FieldReader) throws(Failure) -> PeerHeader {
        let clusterID = try reader.randomID("cluster id")
        let instance = try reader.presentID("sender's instance")
        let nodeID = try reader.text("sender's node id", maximum: maximumNodeIDSize)
        let recipient = try reader.randomID("recipient")
        let term = try reader.uint64("term")
        guard term <= LogPosition.maximumTerm else {
            throw .malformed("term: \(term) exceeds the limit of \(LogPosition.maximumTerm)")
        }
        let sender = Identity(nodeID: nodeID, instance: instance)
        return PeerHeader(clusterID: clusterID, sender: sender, recipient: recipient, term: term)
    }

    private static func sealed(_ writer: inout ByteWriter) -> [UInt8] {
        precondition(
            writer.count + checksumSize <= maximumFrameSize, "a message of \(writer.count) bytes exceeds the limit")
        writer.append(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    /// What lies between version and checksum, once all three of magic, version and checksum are known to fit.
    private static func fields(of bytes: [UInt8]) throws(Failure) -> FieldReader {
        guard minimumFrameSize...maximumFrameSize ~= bytes.count else {
            throw .notAFrame("\(bytes.count) bytes are not \(minimumFrameSize) to \(maximumFrameSize)")
        }
        guard bytes.starts(with: magic) else { throw .notAFrame("it does not begin with RAFT") }
        // The version before the checksum: a later version may sum otherwise.
        guard bytes[magic.count] == protocolVersion else { throw .unsupportedVersion(bytes[magic.count]) }
        let end = bytes.count - checksumSize
        var trailer = FieldReader(bytes[end...])
        guard try trailer.uint32("checksum") == CRC32C.checksum(bytes[..<end]) else { throw .damaged }
        return FieldReader(bytes[(magic.count + 1)..<end])
    }

    // MARK: Fields of several kinds

    static func append(_ position: LogPosition, to writer: inout ByteWriter) {
        writer.append(position.index)
        writer.append(position.term)
    }

    /// A position in a log whose last term is at most `limit`. Only "before the log" has index 0, and only it has term 0.
    static func readPosition(
        _ field: String, limit: Term, from reader: inout FieldReader
    ) throws(Failure) -> LogPosition {
        let position = LogPosition(index: try reader.uint64(field), term: try reader.uint64(field))
        guard (position.index == 0) == (position.term == 0) else {
            throw .malformed("\(field): \(position) cannot exist")
        }
        guard position.index <= LogPosition.maximumIndex else {
            throw .malformed("\(field): \(position) exceeds the limit of \(LogPosition.maximumIndex)")
        }
        guard position.term <= limit else {
            throw .malformed("\(field): \(position) is of a later term than the message's \(limit)")
        }
        return position
    }

    static func append(_ byteStrings: [[UInt8]], to writer: inout ByteWriter) {
        writer.append(count: byteStrings.count, maximum: maximumCommands)
        for bytes in byteStrings { writer.appendLengthPrefixed(bytes) }
    }
}
