import Bytes
import Raft

// The bytes of an announcement. Integers are little-endian; a text stands behind its length as a varint.
//
//     instance       2 × u64   high, low
//     maxStateSize   u64
//     maxValueSize   u64
//     node id        text      1 to 255 bytes
//     has address    u8        0 or 1
//       address      text      1 to 512 bytes
//     version        text      at most 255 bytes
extension Announcement {
    func encode(into writer: inout ByteWriter) {
        writer.append(instance.high)
        writer.append(instance.low)
        writer.append(maxStateSize)
        writer.append(maxValueSize)
        writer.appendLengthPrefixed(nodeID)
        writer.append(flag: clientAddress != nil)
        if let clientAddress { writer.appendLengthPrefixed(clientAddress) }
        writer.appendLengthPrefixed(version)
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        instance = try reader.readRandomID()
        maxStateSize = try reader.readUInt64()
        maxValueSize = try reader.readUInt64()
        nodeID = try reader.readLengthPrefixedString(maxCount: PeerCodec.maximumNodeIDSize)
        guard !nodeID.isEmpty else { throw .malformed("the node id of an announcement is empty") }
        let hasAddress = try reader.readFlag()
        clientAddress =
            hasAddress ? try reader.readLengthPrefixedString(maxCount: PeerCodec.maximumAddressSize) : nil
        version = try reader.readLengthPrefixedString(maxCount: Announcement.maximumVersionCount)
    }
}
