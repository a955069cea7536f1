import Raft
import Simulation

/// Of a log in one file: damage that is told, or entries that go on being found.
enum SegmentPromises {
    static func check(_ bytes: [UInt8]) throws {
        for contents in [bytes, Seals.segment(bytes)] {
            let disk = Disks.disk(of: [Container.File(path: "raft_log/00000001.segment", bytes: contents)])
            let inspected = try inspect(disk)
            guard let found = try Disks.recover(disk) else { continue }
            try promise(
                inspected?.starts(with: found.entries) ?? found.entries.isEmpty,
                "recovery finds entries that inspection does not")
            let again = try Disks.recover(found.disk)
            try promise(again?.entries == found.entries, "a second start finds other entries")
            try promise(again?.tornTail == nil, "a second start finds a torn tail again")
        }
    }

    /// `nil` when not even the header is sound.
    private static func inspect(_ disk: SimulatedDisk) throws -> [LogEntry]? {
        var entries: [LogEntry] = []
        do {
            var segment = try SegmentInspection(reading: 1, in: disk)
            try segment.readBatches(in: disk, upTo: nil) { news, _ in entries += news }
            try promise(segment.verifiedSize <= segment.size, "more is verified than there is")
            if let damage = segment.damage {
                try promise(damage.offset <= segment.size, "damage at \(damage.offset) of \(segment.size)")
            }
        } catch is RecoveryFailure {
            return nil
        }
        return entries
    }
}
