import Bytes

// A snapshot as bytes. Integers are little-endian; a count, a length and a number is a varint.
//
//     magic        8   RAFTDSNP
//     version      4   4; 1 to 3 are read, too
//     frames
//
//     frame
//       length     4   of what follows the checksum
//       checksum   4   CRC-32C of the length and of what follows
//       kind       1
//       items          until the end of the frame
//
// Frames come in the order of their kinds: one head, any number of the others, one end. A frame is closed by the first item that
// makes it a MiB. All items ascend: announcements by instance, entries by key, sessions by instance and boot, answers by session and
// sequence, keyed by time, events and changes by position, logs and heaps by name, MCP sessions by id.
//
//     1 head          cluster id 16, index 8, term 8, last timestamp 8, clock 8 + 8, index of the configuration 8, floor of the
//                     history 8, of that of the resources 8, configuration (length, bytes of `ConfigurationCodec`), comparison
//                     (`HashComparison`), how many items of each kind follow: announcements, entries, sessions, answers, keyed,
//                     events, logs, entries of logs, heaps, changes, MCP sessions
//     2 announcement  as in a command
//     3 entry         key (length, bytes), revision, value (length, bytes)
//     4 session       instance 16, boot 8, last used 8, completed below 8
//     5 answer        place of its session among these, from 0 on; sequence 8, outcome
//     6 keyed         time 8, fingerprint 8, scope (length, bytes), outcome
//     7 event         revision, number, kind 1 (0: delete, 1: put, 2: put of the value that the entry of that key has), key (length,
//                     bytes), value (length, bytes) only for 1
//     9 log           1, then a log: name (length, bytes), first index, next index; or 2, then the next entry of the log that came
//                     last: length, bytes (SessionEntry+Wire.swift)
//    10 heap          name (length, bytes), tags (HeapCommand+Wire.swift)
//    11 change        revision, number, kind 1 (1: created, 2: updated, 3: removed), kind of resource 1 (1: session, 2: heap), name
//                     (length, bytes)
//    12 mcpSession    id 16, revision (length, bytes), session log (length, bytes), last used 8, subscribed at 8, URIs (count, then
//                     each: length, bytes)
//     8 end           bytes before this frame 8, CRC-32C of them 4, hash of the state 16 (`StateMachine.View.hash`)
//
// Version 3 does not know kind 12, nor what the head says of it; version 2 neither kind 9 to 11. The hash of each is of another version
// and is not compared. Version 1 has no kind 5, and one less for each kind after it: a session's answers stood behind it (count, then each: sequence 8, outcome),
// in the same frame however large. The head has no comparison and no number of answers, the end no hash.
enum SnapshotFormat {
    static let magic = Array("RAFTDSNP".utf8)
    static let version: UInt32 = 4
    static let oldestVersion: UInt32 = 1
    /// Magic and version.
    static let prologueSize = 12
    /// Length and checksum.
    static let frameHeaderSize = 8
    /// A frame of so many bytes takes no more items.
    static let frameSize = 1 << 20

    enum Kind: UInt8, Sendable {
        case head = 1
        case announcement, entry, session, answer, keyed, event, end, log, heap, change, mcpSession

        /// In which the frames of a snapshot come.
        static let order: [Kind] = [
            .head, .announcement, .entry, .session, .answer, .keyed, .event, .log, .heap, .change, .mcpSession, .end,
        ]

        /// The kind that has this number in snapshots of `version`.
        init?(_ number: UInt8, version: UInt32) {
            let isShifted = version == 1 && number >= Kind.answer.rawValue
            self.init(rawValue: isShifted && number < .max ? number + 1 : number)
            if version < 3, [.log, .heap, .change].contains(self) { return nil }
            if version < 4, self == .mcpSession { return nil }
        }

        /// Its place in ``order``.
        var place: Int { Kind.order.firstIndex(of: self) ?? Kind.order.count }

        /// The kind that comes after it.
        var next: Kind? { place + 1 < Kind.order.count ? Kind.order[place + 1] : nil }
    }

    /// What an item of kind ``Kind/log`` is.
    enum LogItem {
        static let log: UInt8 = 1
        static let entry: UInt8 = 2
    }

    enum EventKind {
        static let delete: UInt8 = 0
        static let put: UInt8 = 1
        static let putOfPresentValue: UInt8 = 2
    }

    /// The checksum in the header of a frame.
    static func checksum(length: UInt32, content: ArraySlice<UInt8>) -> UInt32 {
        var crc = CRC32C()
        crc.update((0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
        crc.update(content)
        return crc.value
    }
}
