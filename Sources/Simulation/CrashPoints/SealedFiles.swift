import Raft
import Replica

/// A disk on which everything is durable and the log is sealed: no byte of it may change unnoticed, but for those that decide nothing.
struct SealedFiles {
    enum Verdict {
        /// The node does not start, and says which file is damaged, and where.
        case detected
        /// The byte decides nothing: the node starts, and finds this.
        case harmless(FoundState)
    }

    private let newcomer: FormatFile
    private let settings: SegmentedLog.Settings
    private let found: FoundState
    /// From where on the bytes of a segment decide nothing.
    private let ends: [String: Int]

    init(
        _ disk: SimulatedDisk, newcomer: FormatFile, settings: SegmentedLog.Settings
    ) throws(DirectoryStart.Refusal) {
        self.newcomer = newcomer
        self.settings = settings
        found = try FoundState(try DirectoryStart(on: disk, newcomer: newcomer, settings: settings))
        do {
            ends = try SealedFiles.ends(of: disk)
        } catch {
            throw DirectoryStart.Refusal(message: "\(error)", corruption: nil)
        }
    }

    /// A seal holds no entry: damaged, it is taken for torn and cut, unless a segment begins with it. Behind it, and behind the bytes of an
    /// older segment that count, nothing is expected.
    private static func ends(of disk: SimulatedDisk) throws -> [String: Int] {
        let sealSize: UInt64 = 40
        var ends: [String: Int] = [:]
        var previous: SegmentInspection?
        for number in try SegmentInspection.numbers(in: disk) {
            var segment = try SegmentInspection(reading: number, in: disk)
            if let previous { ends[previous.path] = Int(segment.previousEnd) }
            try segment.readBatches(in: disk, upTo: nil) { _, _ in }
            ends[segment.path] = Int(segment.verifiedSize - (segment.batchCount > 1 ? sealSize : 0))
            previous = segment
        }
        return ends
    }

    /// Whether a byte decides nothing: of the spare `raft_meta`, of `raft_peers`, of files that may become segments, behind the end of what
    /// counts in a segment.
    private func isHarmless(_ offset: Int, of path: String) -> Bool {
        if let end = ends[path] { return offset >= end }
        return [MetaFile.sparePath, PeersFile.path].contains(path) || path.hasPrefix("raft_log/prepared-")
    }

    /// - Throws: what is wrong with a start after the bit was turned over: not noticed, or blamed on another place.
    func verdict(
        onBit bit: Int, at offset: Int, of path: String, on disk: SimulatedDisk
    ) throws(DirectoryStart.Refusal) -> Verdict {
        var damaged = disk
        damaged.flipBit(of: path, at: offset, bit: bit)
        let isHarmless = isHarmless(offset, of: path)
        let start: DirectoryStart
        do throws(DirectoryStart.Refusal) {
            start = try DirectoryStart(on: damaged, newcomer: newcomer, settings: settings)
        } catch {
            guard !isHarmless else { throw error }
            try SealedFiles.check(error, blames: path, upTo: offset)
            return .detected
        }
        let now = try FoundState(start)
        guard isHarmless else {
            throw DirectoryStart.Refusal(
                message: now == found ? "it is not noticed" : "it changes what is found", corruption: nil)
        }
        guard now.last == found.last, now.entries == found.entries else {
            throw DirectoryStart.Refusal(message: "entries are lost", corruption: nil)
        }
        return .harmless(now)
    }

    private static func check(
        _ refusal: DirectoryStart.Refusal, blames path: String, upTo offset: Int
    ) throws(DirectoryStart.Refusal) {
        guard let corruption = refusal.corruption else {
            // A higher version is all that is believed of a FORMAT whose checksum may be another one.
            if path == FormatFile.path { return }
            throw refusal
        }
        // A document is read to where it makes no sense, a snapshot to where a damaged length ends; a batch is blamed itself.
        let isPrecise = path.hasPrefix(SegmentedLog.directory)
        guard corruption.path == path, !isPrecise || corruption.offset <= UInt64(offset) else {
            throw DirectoryStart.Refusal(message: "it is blamed on \(corruption)", corruption: corruption)
        }
    }
}
