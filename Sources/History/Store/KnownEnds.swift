/// How far the store had surely come at a time: what ended before it had a revision.
struct KnownEnds {
    /// Ascending by time; each with the highest revision so far.
    private var ends: [(time: UInt64, revision: UInt64)] = []

    init(_ operations: [HistoryOperation]) {
        for operation in operations {
            guard let end = operation.end else { continue }
            switch (operation.request, operation.result) {
            case (.list(let list), .page(let page)) where !list.isStale: ends.append((end, page.revision))
            default: if let revision = operation.result.revision { ends.append((end, revision)) }
            }
        }
        ends.sort { $0.time < $1.time }
        for place in ends.indices.dropFirst() {
            ends[place].revision = max(ends[place].revision, ends[place - 1].revision)
        }
    }

    /// The highest revision of all.
    var lastRevision: UInt64 { ends.last?.revision ?? 0 }

    /// What begins at `time` has a higher revision than this.
    func revision(before time: UInt64) -> UInt64 {
        let count = ends.partitionPoint { $0.time < time }
        return count == 0 ? 0 : ends[count - 1].revision
    }
}
