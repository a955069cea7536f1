import Raft
import Storage

/// All segments of a log, as far as each verifies.
struct LogInspection {
    private(set) var segments: [SegmentInspection] = []
    /// The highest commit index that the log tells, of what is in force.
    private(set) var commitIndex: LogIndex = 0
    private(set) var damages: [String] = []

    private let image: FileDirectoryImage

    /// Reads the headers.
    init(_ image: FileDirectoryImage) {
        self.image = image
        do throws(DiskReadFailure) {
            for number in try SegmentInspection.numbers(in: image) { readHeader(number) }
        } catch {
            damages.append("\(error)")
        }
    }

    private mutating func readHeader(_ number: UInt64) {
        do throws(RecoveryFailure) {
            segments.append(try SegmentInspection(reading: number, in: image))
        } catch {
            damages.append("\(error)")
        }
    }

    /// Reads all entries, each segment's up to the first that does not verify.
    /// - Parameter visit: gets those that no later segment voids, with the highest commit index told so far.
    mutating func readEntries(_ visit: (_ entries: [LogEntry], _ commitIndex: LogIndex) -> Void) {
        for place in segments.indices {
            let following = segments[(place + 1)...]
            let voidFrom = following.map(\.firstIndex).min() ?? .max
            // Only the neighbour knows how much of this one counts.
            let next = following.first.flatMap { $0.number == segments[place].number + 1 ? $0 : nil }
            if next == nil, !following.isEmpty {
                damages.append("\(SegmentInspection.path(of: segments[place].number + 1)): the segment is missing")
            }
            var segment = segments[place]
            read(&segment, upTo: next?.previousEnd, voidFrom: voidFrom, visit)
            segments[place] = segment
            if let damage = segment.damage { damages.append("\(damage)\(next == nil ? tornHint : "")") }
        }
    }

    private var tornHint: String { " (at the end of the log this may be a write that a crash tore; recovery cuts it)" }

    private mutating func read(
        _ segment: inout SegmentInspection, upTo end: UInt64?, voidFrom: LogIndex,
        _ visit: ([LogEntry], LogIndex) -> Void
    ) {
        var highest = commitIndex
        do throws(DiskReadFailure) {
            try segment.readBatches(in: image, upTo: end) { entries, commitIndex in
                highest = max(highest, commitIndex)
                visit(entries.filter { $0.index < voidFrom }, highest)
            }
        } catch {
            damages.append("\(error)")
        }
        commitIndex = highest
    }
}
