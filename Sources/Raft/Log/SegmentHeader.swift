// The format of `raft_log/`, version 1. `docs/DISK_FORMAT.md` tells it to a person; a golden-bytes test holds it.
//
// All integers are little-endian, everything starts at a multiple of 8 bytes.
//
//     segment file   `raft_log/00000001.segment`, numbered without gaps; a segment header, batches, zeros
//
//     segment header                            batch header                       record
//      0  u32  magic "RSEG"                      0  u32  magic "RBAT"                0  u32  CRC-32C of 4..<end
//      4  u32  format version                    4  u32  length of the batch         4  u32  payload length
//      8  16   cluster id                        8  u64  batch number                8  u64  term
//     24  u64  segment number                   16  u64  commit index known         16  u64  index
//     32  u64  first index                      24  u32  record count               24  u8   kind, then 7 zeros
//     40  u64  previous term                    28  u32  CRC-32C (header)           32  payload, zeros up to a
//     48  u64  previous end                     32  u32  CRC-32C (batch)                multiple of 8
//     56  u64  prepared size                    36  u32  zero
//     64  u32  zero                             40  records
//     68  u32  CRC-32C of 0..<68
//
// The header's checksum of a batch covers bytes 0..<68 of its segment's header and bytes 0..<28 of its own: a batch is
// valid in its own segment only. The batch's checksum goes on from there over the checksums of its records, which cover
// all the rest: every byte is checked, and read once.
//
// What is written when, so that every crash leaves something that can be told apart:
//
// - Batch n + 1 is written only after batch n is synced; a segment is synced before the next one gets a byte.
// - A segment gets its name only when its header and its first batch are synced under the name `prepared-…`, so a
//   segment without a valid header and first batch is damage, never a crash. A rename that was lost leaves a file
//   `prepared-…` that nobody was told of: it is removed.
// - A file that was zero-filled ahead has that size in its header (`prepared size`; 0: none was ready, it grows). A crash
//   does not make a file shorter, so a shorter one was cut (it ends with a whole batch) or is damaged.
// - After a truncation or a cut tail the log goes on in a new segment. Its header names the entry before its first one
//   (`first index` - 1, `previous term`): whatever the older segments hold above that is void. It also says how many bytes
//   of the segment before it count (`previous end`): that file is cut there, but nothing depends on the cut being durable.
//
// - A log may begin behind a snapshot. Compaction removes the lowest segments; a reset begins a segment, whose first batch is
//   empty, and then removes all others. A crash may keep any of what is removed: the run of numbers that ends with the last
//   segment counts, and what a reset left is told by a segment that begins right behind a received snapshot.
//
// What recovery finds where batch n should be, in the last segment:
//
// 1. Zeros to the end of the file, or the end of the file: the end of the log.
// 2. A valid batch n: kept, sealed or not. It may never have been synced, so recovery syncs it before anything builds on it.
// 3. A valid header of batch n, a batch that is not, nothing but zeros behind it: torn. It is cut, whole.
// 4. The same with anything behind it: batch n + 1 was begun, so n had been synced. Corruption.
// 5. No valid header, and no valid header of a later batch at any multiple of 8 behind it: torn. Else corruption.
// 6. A valid header of another batch number, a valid batch whose records do not continue the log: corruption.
//
// In every segment but the last one, batches must be valid and numbered without gaps up to `previous end` of the next.

import Bytes

/// The first bytes of a segment file: where it stands in the log, and what it voids.
struct SegmentHeader: Sendable, Equatable {
    static let size: UInt64 = 72
    static let magic: UInt32 = 0x4745_5352
    static let formatVersion: UInt32 = 1

    /// How many bytes the header's checksum covers, and every batch's checksum begins with. Without the checksum itself: a CRC
    /// over a text and its CRC is the same for every text.
    private static let coveredSize = 68

    let clusterID: ClusterID
    /// 1 for the first segment.
    let number: UInt64
    /// The index of the first entry this segment may hold. Whatever older segments hold from here on is void.
    let firstIndex: LogIndex
    /// The term of the entry before `firstIndex`.
    let previousTerm: Term
    /// How many bytes of the segment before this one count; 0 for the first segment.
    let previousEnd: UInt64
    /// The size to which the file was zero-filled before it was used; 0 when it grows as it is written.
    let preparedSize: UInt64

    func encode(into writer: inout ByteWriter) {
        precondition(writer.count == 0, "a segment header stands at the start of its file")
        writer.append(Self.magic)
        writer.append(Self.formatVersion)
        writer.append(clusterID.high)
        writer.append(clusterID.low)
        writer.append(number)
        writer.append(firstIndex)
        writer.append(previousTerm)
        writer.append(previousEnd)
        writer.append(preparedSize)
        writer.append(UInt32(0))
        writer.append(CRC32C.checksum(writer.bytes))
    }

    /// What every batch of this segment has its checksum begin with.
    var seed: CRC32C {
        var writer = ByteWriter(reserving: Int(Self.size))
        encode(into: &writer)
        var seed = CRC32C()
        seed.update(writer.bytes[..<Self.coveredSize])
        return seed
    }

    /// Reads the header of segment `number`.
    /// - Throws: where and why `bytes`, the start of the file at `path`, are none.
    static func decode(_ bytes: [UInt8], number: UInt64, path: String) throws(CorruptionError) -> SegmentHeader {
        guard bytes.count >= Int(size) else {
            throw CorruptionError(path: path, offset: 0, reason: "the file ends within the segment header")
        }
        do throws(ByteReader.Failure) {
            var reader = ByteReader(bytes)
            let magic = try reader.readUInt32()
            let version = try reader.readUInt32()
            let header = SegmentHeader(
                clusterID: ClusterID(high: try reader.readUInt64(), low: try reader.readUInt64()),
                number: try reader.readUInt64(),
                firstIndex: try reader.readUInt64(),
                previousTerm: try reader.readUInt64(),
                previousEnd: try reader.readUInt64(),
                preparedSize: try reader.readUInt64()
            )
            let reserved = try reader.readUInt32()
            let damage: String? =
                if magic != Self.magic {
                    "this is not the start of a log segment"
                } else if try reader.readUInt32() != CRC32C.checksum(bytes[..<coveredSize]) {
                    "the checksum of the segment header is wrong"
                } else if version != formatVersion || reserved != 0 {
                    "segment format \(version) is unknown; this program reads \(formatVersion)"
                } else if header.number != number {
                    "the header belongs to segment \(header.number)"
                } else {
                    nil
                }
            if let damage { throw .malformed(damage) }
            return header
        } catch {
            throw CorruptionError(path: path, offset: 0, reason: "\(error)")
        }
    }
}
