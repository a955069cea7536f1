import Bytes

/// One pass over a log directory. What it may find, and what each case means, is told in `SegmentHeader.swift`.
struct LogRecovery<Image: DirectoryImage> {
    /// A segment file, as the headers tell it.
    struct File {
        let path: String
        let header: SegmentHeader
        let size: UInt64
        /// Where its batches end, as the next segment tells; `nil` for the last one.
        var end: UInt64?
        /// Entries from this index on are void.
        var voidFrom = LogIndex.max
    }

    /// The start of a run of entries of one term.
    struct Span {
        let firstIndex: LogIndex
        let term: Term
    }

    private let image: Image
    let expectedClusterID: ClusterID
    let snapshot: Recovery.Snapshot?
    var log: SegmentedLog
    /// The entry before the first that the log holds: `.zero` unless the log was compacted or reset.
    var base = LogPosition.zero
    /// The terms of what was written above `base`, as of the batch just read.
    var spans: [Span] = []
    var commitIndex: LogIndex = 0
    /// Whether the log is not the one that the received snapshot goes on from: a crash came before it was reset.
    var isVoid = false
    var tornTail: Recovery.TornTail?
    /// Where the last batch of the segment just read begins.
    private var lastBatch = SegmentHeader.size

    init(
        image: Image, clusterID: ClusterID, settings: SegmentedLog.Settings, snapshot: Recovery.Snapshot?
    ) {
        self.image = image
        self.snapshot = snapshot
        expectedClusterID = clusterID
        let known = clusterID == .none ? snapshot?.clusterID ?? .none : clusterID
        log = SegmentedLog(clusterID: known, settings: settings)
    }

    mutating func run(visit: ([LogEntry], LogIndex) -> Void) throws(RecoveryFailure) -> Recovery {
        let names = try readNames()
        let numbers = names.compactMap(SegmentName.number(of:)).sorted()
        var files = try readHeaders(of: try run(of: numbers))
        dropWhatWasReset(from: &files)
        try checkStart(of: files)
        try checkClusters(of: files)
        markVoid(&files)
        for file in files {
            try begin(file)
            try readBatches(of: file, visit: visit)
        }
        if let snapshot { try settle(with: snapshot, last: files.last) }

        let first = files.first?.header.number ?? .max
        let leftovers =
            names.filter(SegmentName.isPrepared)
            + numbers.prefix { $0 < first }.map(SegmentName.name(ofSegment:))
        // First: they may reset the log.
        let repairs = try repairs(removing: leftovers, last: files.last)
        return Recovery(
            log: log, lastPosition: log.lastPosition, commitIndex: commitIndex, repairs: repairs, tornTail: tornTail)
    }

    private mutating func repairs(
        removing leftovers: [String], last: File?
    ) throws(RecoveryFailure) -> [DiskOperation] {
        var repairs = leftovers.map { DiskOperation.remove(path: "\(SegmentName.directory)/\($0)") }
        if let tornTail { repairs.append(.truncate(path: tornTail.path, size: tornTail.offset)) }
        if let last { repairs += try lastBatchAgain(in: last) + [.sync(path: last.path)] }
        if !repairs.isEmpty { repairs.append(.syncDirectory(path: SegmentName.directory)) }
        if isVoid, let snapshot {
            repairs += log.reset(to: snapshot.position, commitIndex: snapshot.position.index)
        }
        return repairs
    }

    /// Writes the last batch over itself, with the header if it is the first one. Its sync may have failed before this start, and then the
    /// kernel goes on to show what the disk never got, and no sync brings it there unless it is written again. What is before it was
    /// synced before it was written.
    private func lastBatchAgain(in file: File) throws(RecoveryFailure) -> [DiskOperation] {
        let start = lastBatch == SegmentHeader.size ? 0 : lastBatch
        guard let end = log.tail?.end, end > start else { return [] }
        let bytes = try read(file.path, offset: start, count: Int(end - start))
        return [.write(path: file.path, offset: start, bytes: bytes)]
    }

    // MARK: - Segments

    private mutating func readHeaders(of numbers: ArraySlice<UInt64>) throws(RecoveryFailure) -> [File] {
        var files: [File] = []
        for number in numbers {
            let path = SegmentName.path(ofSegment: number)
            guard let size = try readSize(path) else { throw corruption(path, 0, "the segment has disappeared") }
            let bytes = try read(path, offset: 0, count: Int(SegmentHeader.size))
            let header: SegmentHeader
            do throws(CorruptionError) {
                header = try SegmentHeader.decode(bytes, number: number, path: path)
            } catch {
                throw .corruption(error)
            }
            if !files.isEmpty { files[files.count - 1].end = header.previousEnd }
            files.append(File(path: path, header: header, size: size))
        }
        return files
    }

    private func markVoid(_ files: inout [File]) {
        var voidFrom = LogIndex.max
        for place in files.indices.reversed() {
            files[place].voidFrom = voidFrom
            voidFrom = min(voidFrom, files[place].header.firstIndex)
        }
    }

    /// Goes on in `file`: what its header voids is forgotten.
    private mutating func begin(_ file: File) throws(RecoveryFailure) {
        let header = file.header
        let last = log.lastPosition
        guard header.firstIndex <= LogPosition.maximumIndex else {
            throw corruption(file.path, 32, "the segment starts at index \(header.firstIndex), which no log reaches")
        }
        guard header.firstIndex > commitIndex else {
            throw corruption(
                file.path, 32, "the segment starts at index \(header.firstIndex), but \(commitIndex) is committed")
        }
        if snapshot != nil, log.tail == nil || header.firstIndex <= base.index {
            try rebase(on: file)
        } else {
            guard header.firstIndex <= last.index + 1 else {
                throw corruption(
                    file.path, 32, "the segment starts at index \(header.firstIndex), but the log ends at \(last)")
            }
            while let span = spans.last, span.firstIndex >= header.firstIndex { spans.removeLast() }
            let term = spans.last?.term ?? base.term
            guard header.previousTerm == term else {
                throw corruption(
                    file.path, 40, "the entry before the segment has term \(term), not \(header.previousTerm)")
            }
        }
        log.forget(after: header.firstIndex - 1)
        log.lastPosition = LogPosition(index: header.firstIndex - 1, term: header.previousTerm)
        log.begin(header, fileSize: file.size)
    }

    // MARK: - Batches

    /// What lies where a batch may be.
    private enum Found {
        case batch(BatchHeader, [LogEntry])
        /// No batch that verifies. The header is there if that much does.
        case damage(BatchHeader?, at: UInt64, reason: String)
    }

    private mutating func readBatches(of file: File, visit: ([LogEntry], LogIndex) -> Void) throws(RecoveryFailure) {
        let limit = file.end ?? file.size
        let seed = file.header.seed
        var window = FileWindow(path: file.path, limit: min(limit, file.size))
        var offset = SegmentHeader.size
        while offset < limit {
            switch try batch(at: offset, in: &window, seed: seed) {
            case .batch(let header, let entries):
                try accept(entries, of: header, at: offset, in: file, visit: visit)
                lastBatch = offset
                offset += UInt64(header.length)
            case .damage(let header, let place, let reason):
                let isExcusable = file.end == nil && offset > SegmentHeader.size
                guard isExcusable else { throw corruption(file.path, place, reason) }
                return try judgeTail(of: file, at: offset, header: header, damage: corruption(file.path, place, reason))
            }
        }
        guard offset > SegmentHeader.size else { throw corruption(file.path, offset, "the segment holds no batch") }
    }

    private mutating func batch(
        at offset: UInt64, in window: inout FileWindow, seed: CRC32C
    ) throws(RecoveryFailure) -> Found {
        try fill(&window, count: BatchHeader.size, at: offset)
        guard let header = BatchHeader(window.bytes, at: window.place(of: offset), seed: seed) else {
            return .damage(nil, at: offset, reason: "batch \(log.nextBatch) has no valid header")
        }
        // The first batch of a log whose first segments were removed has whatever number it has, as long as there can be a
        // next one: a forged number is refused below, and does not overflow.
        if log.nextBatch == 0 { log.nextBatch = min(header.number, .max >> 1) }
        guard header.number == log.nextBatch else {
            throw corruption(window.path, offset, "batch \(header.number) is where \(log.nextBatch) should be")
        }
        guard offset + UInt64(header.length) <= window.limit else {
            return .damage(header, at: offset, reason: "batch \(header.number) reaches beyond the end")
        }
        try fill(&window, count: header.length, at: offset)
        do throws(Batch.Damage) {
            return .batch(header, try Batch.decode(header, in: window.bytes, at: window.place(of: offset)))
        } catch {
            switch error {
            case .torn(let place, let reason): return .damage(header, at: offset + UInt64(place), reason: reason)
            case .invalid: throw .corruption(error.corruption(path: window.path, batchOffset: offset))
            }
        }
    }

    /// Takes a batch that verifies into the log, if it continues it.
    private mutating func accept(
        _ entries: [LogEntry], of header: BatchHeader, at offset: UInt64, in file: File,
        visit: ([LogEntry], LogIndex) -> Void
    ) throws(RecoveryFailure) {
        var last = log.lastPosition
        for entry in entries {
            guard entry.index == last.index + 1, entry.term >= last.term, entry.term > 0 else {
                throw corruption(file.path, offset, "entry \(entry.position) follows entry \(last)")
            }
            if entry.term != last.term { spans.append(Span(firstIndex: entry.index, term: entry.term)) }
            last = entry.position
        }
        log.note(entries[...], length: UInt64(header.length))
        commitIndex = max(commitIndex, min(header.commitIndex, last.index))
        let kept = last.index < file.voidFrom ? entries : Array(entries.prefix { $0.index < file.voidFrom })
        let visited = try behindSnapshot(kept, of: file, at: offset)
        if !visited.isEmpty { visit(Array(visited), max(commitIndex, snapshot?.position.index ?? 0)) }
    }

    // MARK: - Reading

    private func readNames() throws(RecoveryFailure) -> [String] {
        do throws(DiskReadFailure) {
            return try image.names(in: SegmentName.directory)
        } catch {
            throw .disk(error)
        }
    }

    private func readSize(_ path: String) throws(RecoveryFailure) -> UInt64? {
        do throws(DiskReadFailure) {
            return try image.size(of: path)
        } catch {
            throw .disk(error)
        }
    }

    func read(_ path: String, offset: UInt64, count: Int) throws(RecoveryFailure) -> [UInt8] {
        do throws(DiskReadFailure) {
            return try image.read(path, offset: offset, count: count)
        } catch {
            throw .disk(error)
        }
    }

    /// Has `window` hold `count` bytes from `offset` on, or all up to its limit.
    private func fill(_ window: inout FileWindow, count: Int, at offset: UInt64) throws(RecoveryFailure) {
        do throws(DiskReadFailure) {
            try window.hold(count, at: offset, from: image)
        } catch {
            throw .disk(error)
        }
        if window.end < min(offset + UInt64(count), window.limit) {
            throw corruption(window.path, window.end, "the file has become shorter while it is read")
        }
    }

    func corruption(_ path: String, _ offset: UInt64, _ reason: String) -> RecoveryFailure {
        .corruption(CorruptionError(path: path, offset: offset, reason: reason))
    }
}

/// A part of a file in memory.
struct FileWindow {
    /// How much is read at a time.
    static let sliceSize = 2 << 20

    let path: String
    /// Nothing is read beyond.
    let limit: UInt64
    var start: UInt64 = 0
    var bytes: [UInt8] = []

    var end: UInt64 { start + UInt64(bytes.count) }

    init(path: String, limit: UInt64) {
        self.path = path
        self.limit = limit
    }

    /// Has it hold `count` bytes from `offset` on, or all up to its limit; fewer only when the file has become shorter.
    mutating func hold(_ count: Int, at offset: UInt64, from image: some DirectoryImage) throws(DiskReadFailure) {
        guard offset < start || min(offset + UInt64(count), limit) > end else { return }
        let wanted = min(UInt64(max(count, Self.sliceSize)), limit - min(offset, limit))
        bytes = try image.read(path, offset: offset, count: Int(wanted))
        start = offset
    }

    /// Where the byte at `offset` of the file is in `bytes`.
    func place(of offset: UInt64) -> Int { Int(offset - start) }
}
