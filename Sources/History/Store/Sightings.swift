/// What clients saw at revisions that no acknowledged write has: traces of writes whose outcome nobody was told.
struct Sightings {
    struct Sighting {
        enum Content: Equatable {
            case value(Symbol)
            /// Some value.
            case present
            case deleted
        }

        let key: Symbol
        let content: Content
        let line: Int
        /// When it was reported.
        let end: UInt64
    }

    /// Looked up by revision.
    private var byRevision: [UInt64: [Sighting]] = [:]
    /// Ascending.
    private(set) var revisions: [UInt64] = []
    /// At which revisions a key was seen to have got a value; ascending.
    private var values: [Pair: [UInt64]] = [:]

    private struct Pair: Hashable {
        let key: Symbol
        let value: Symbol
    }

    /// - Parameter isKnown: whether an acknowledged write has the revision.
    init(in operations: [HistoryOperation], isKnown: (UInt64) -> Bool) {
        for operation in operations {
            Sightings.forEach(in: operation) { revision, key, content in
                guard !isKnown(revision) else { return }
                let sighting = Sighting(
                    key: key, content: content, line: operation.line, end: operation.end ?? .max)
                add(sighting, at: revision)
            }
        }
        revisions = byRevision.keys.sorted()
        for revision in revisions {
            for sighting in self[revision] {
                guard case .value(let value) = sighting.content else { continue }
                values[Pair(key: sighting.key, value: value), default: []].append(revision)
            }
        }
    }

    private mutating func add(_ sighting: Sighting, at revision: UInt64) {
        let same = byRevision[revision]?.firstIndex { $0.key == sighting.key && $0.content == sighting.content }
        guard let same else { return byRevision[revision, default: []].append(sighting) }
        if byRevision[revision]?[same].end ?? 0 > sighting.end { byRevision[revision]?[same] = sighting }
    }

    /// What was seen at a revision, each thing as it was seen first.
    subscript(revision: UInt64) -> [Sighting] { byRevision[revision] ?? [] }

    /// How often a key was seen to get a value at `revision` or later.
    func count(of value: Symbol, under key: Symbol, since revision: UInt64) -> Int {
        values[Pair(key: key, value: value)]?.count { $0 >= revision } ?? 0
    }

    private static func forEach(
        in operation: HistoryOperation, _ body: (UInt64, Symbol, Sighting.Content) -> Void
    ) {
        switch (operation.request, operation.result) {
        case (.get(let key, _), .value(let found?)): body(found.revision, key, .value(found.value))
        case (.list, .page(let page)):
            for entry in page.entries { body(entry.found.revision, entry.key, .value(entry.found.value)) }
        case (.put(let key, _, _), .conditionFailed(let revision?)),
            (.delete(let key, _), .conditionFailed(let revision?)):
            body(revision, key, .present)
        case (.transaction(let transaction), .transaction(let succeeded, _, let results)):
            for (step, result) in zip(transaction.branch(succeeded), results) {
                if case .get(let found?) = result { body(found.revision, step.key, .value(found.value)) }
            }
        case (.watch, .events(let events, _)):
            for event in events { body(event.revision, event.key, event.value.map { .value($0) } ?? .deleted) }
        default: break
        }
    }
}
