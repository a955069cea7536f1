import Bytes

/// The bodies that carry a snapshot:
///
///     0x07 InstallSnapshot  position (16), size (8), checksum (4), offset (8), bytes
///     0x87 its answer       1, the offset wanted next (8); or 2 installed, index (8); or 3 stale term; or 4 no space
extension PeerCodec {
    private enum Tag: UInt8 {
        case received = 1
        case installed = 2
        case staleTerm = 3
        case noSpace = 4
    }

    static func append(_ piece: InstallSnapshot, to writer: inout ByteWriter) {
        precondition(
            piece.bytes.count <= maximumPieceSize, "a piece of \(piece.bytes.count) bytes exceeds \(maximumPieceSize)")
        append(piece.position, to: &writer)
        writer.append(piece.size)
        writer.append(piece.checksum)
        writer.append(piece.offset)
        writer.appendLengthPrefixed(piece.bytes)
    }

    static func readInstallSnapshot(
        _ header: PeerHeader, from reader: inout FieldReader
    ) throws(Failure) -> InstallSnapshot {
        let position = try readPosition("snapshot's position", limit: header.term, from: &reader)
        guard position != .zero else { throw .malformed("snapshot's position: a snapshot holds an entry at least") }
        let size = try reader.uint64("snapshot's size")
        let checksum = try reader.uint32("snapshot's checksum")
        let offset = try reader.uint64("piece's offset")
        let bytes = try reader.bytes("piece")
        guard bytes.count <= maximumPieceSize else {
            throw .malformed("piece: \(bytes.count) bytes exceed the limit of \(maximumPieceSize)")
        }
        guard offset <= size, UInt64(bytes.count) <= size - offset else {
            throw .malformed("piece: \(bytes.count) bytes at \(offset) reach beyond the \(size) of the snapshot")
        }
        return InstallSnapshot(position: position, size: size, checksum: checksum, offset: offset, bytes: bytes)
    }

    static func append(_ response: InstallSnapshotResponse, to writer: inout ByteWriter) {
        switch response {
        case .received(let offset):
            writer.append(Tag.received.rawValue)
            writer.append(offset)
        case .installed(let index):
            writer.append(Tag.installed.rawValue)
            writer.append(index)
        case .staleTerm: writer.append(Tag.staleTerm.rawValue)
        case .noSpace: writer.append(Tag.noSpace.rawValue)
        }
    }

    static func readInstallSnapshotResponse(
        from reader: inout FieldReader
    ) throws(Failure) -> InstallSnapshotResponse {
        let tag = try reader.byte("snapshot result")
        switch Tag(rawValue: tag) {
        case .received: return .received(offset: try reader.uint64("offset"))
        case .installed: return .installed(try reader.uint64("installed index"))
        case .staleTerm: return .staleTerm
        case .noSpace: return .noSpace
        case nil: throw .malformed("snapshot result: \(tag) is unknown")
        }
    }
}
