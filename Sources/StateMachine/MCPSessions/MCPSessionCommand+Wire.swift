import Bytes

// The bytes of a change of MCP sessions. A length and a count is a varint.
//
//     kind         u8   1: open, 2: close, 3: touch, 4: subscribe, 5: unsubscribe
//     open         id 2 × u64, revision (length, 1 to 32 bytes), session log (length, name)
//     close        id
//     touch        n, n × id
//     subscribe, unsubscribe   id, uri (length, 1 to 4096 bytes)
//
// Its outcome is one byte: 1: done, 2: unknown, 3: full.
extension MCPSessionCommand {
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .open(let id, let revision, let sessionLog):
            writer.append(1 as UInt8)
            writer.append(id)
            writer.appendLengthPrefixed(revision)
            writer.appendLengthPrefixed(sessionLog)
        case .close(let id):
            writer.append(2 as UInt8)
            writer.append(id)
        case .touch(let ids):
            writer.append(3 as UInt8)
            writer.appendVarint(UInt64(ids.count))
            for id in ids { writer.append(id) }
        case .subscribe(let id, let uri):
            writer.append(4 as UInt8)
            writer.append(id)
            writer.appendLengthPrefixed(uri)
        case .unsubscribe(let id, let uri):
            writer.append(5 as UInt8)
            writer.append(id)
            writer.appendLengthPrefixed(uri)
        }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1:
            let id = try reader.readRandomID()
            self = .open(id, revision: try reader.readProtocolRevision(), sessionLog: try reader.readName())
        case 2: self = .close(try reader.readRandomID())
        case 3:
            let count = try reader.readCount(minimumSize: 16)
            guard count <= MCPSessionCommand.maximumTouched else {
                throw .malformed("\(count) sessions are touched at once")
            }
            var ids: [MCPSessionID] = []
            for _ in 0..<count { ids.append(try reader.readRandomID()) }
            self = .touch(ids)
        case 4: self = .subscribe(try reader.readRandomID(), uri: try reader.readURI())
        case 5: self = .unsubscribe(try reader.readRandomID(), uri: try reader.readURI())
        default: throw .malformed("the change \(kind) of MCP sessions is unknown")
        }
    }
}

extension MCPSessionOutcome {
    func encode(into writer: inout ByteWriter) { writer.append(rawValue) }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let number = try reader.readUInt8()
        guard let outcome = MCPSessionOutcome(rawValue: number) else {
            throw .malformed("the outcome \(number) of a change of MCP sessions is unknown")
        }
        self = outcome
    }
}

extension ByteReader {
    /// Reads the revision of the protocol behind its length.
    mutating func readProtocolRevision() throws(Failure) -> [UInt8] {
        let revision = try readLengthPrefixedBytes(maxCount: MCPSession.maximumRevisionCount)
        guard !revision.isEmpty else { throw .malformed("the revision of an MCP session is empty") }
        return revision
    }

    /// Reads a URI behind its length.
    mutating func readURI() throws(Failure) -> [UInt8] {
        let uri = try readLengthPrefixedBytes(maxCount: MCPSessionCommand.maximumURICount)
        guard !uri.isEmpty else { throw .malformed("a URI is empty") }
        return uri
    }
}
