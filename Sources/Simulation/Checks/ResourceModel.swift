import StateMachine

/// The session logs and the heaps' tags as the applied commands make them, by the simplest means that do.
struct ResourceModel {
    struct Log {
        /// The index of the first of the entries.
        var first: UInt64 = 0
        var entries: [LoggedSessionEntry] = []

        var next: UInt64 { first + UInt64(entries.count) }
    }

    /// What is present. Looked up, never iterated.
    private var logs: [[UInt8]: Log] = [:]
    private var tags: [[UInt8]: [[UInt8]: [UInt8]]] = [:]
    /// Every name that was ever changed, in the order of the first change.
    private(set) var sessions: [[UInt8]] = []
    private(set) var heaps: [[UInt8]] = []
    private var known: Set<[UInt8]> = []
    private var knownHeaps: Set<[UInt8]> = []
    /// What the last command named.
    private(set) var touched: (sessions: [[UInt8]], heaps: [[UInt8]]) = ([], [])

    mutating func beginEntry() { touched = ([], []) }

    // MARK: Session logs

    mutating func perform(_ command: SessionCommand, timestamp: UInt64) {
        let session = command.session
        touch(session)
        switch command.action {
        case .append(let entry, let expected):
            var log = logs[session] ?? Log()
            guard ResourceModel.isHead(log.entries.last?.entry.outputHeap, expected) else { return }
            log.entries.append(LoggedSessionEntry(index: log.next, timestamp: timestamp, entry: entry))
            logs[session] = log
        case .fork(let target):
            touch(target)
            guard let source = logs[session], !source.entries.isEmpty, logs[target] == nil else { return }
            logs[target] = source
        case .trim(let index):
            guard var log = logs[session] else { return }
            while log.first < index, !log.entries.isEmpty {
                log.entries.removeFirst()
                log.first += 1
            }
            logs[session] = log
        case .delete: logs[session] = nil
        }
    }

    private mutating func touch(_ session: [UInt8]) {
        touched.sessions.append(session)
        if known.insert(session).inserted { sessions.append(session) }
    }

    private static func isHead(_ head: [UInt8]?, _ expected: ExpectedHead) -> Bool {
        switch expected {
        case .anything: true
        case .empty: head == nil
        case .heap(let heap): head == heap
        }
    }

    var sessionCount: Int { logs.count }

    func entries(of session: [UInt8]) -> [LoggedSessionEntry] { logs[session]?.entries ?? [] }

    // MARK: Heaps

    mutating func perform(_ command: HeapCommand) {
        let heap = command.heap
        touched.heaps.append(heap)
        if knownHeaps.insert(heap).inserted { heaps.append(heap) }
        var values = tags[heap] ?? [:]
        switch command.action {
        case .replace(let new):
            values = [:]
            for tag in new { values[tag.key] = tag.value }
        case .merge(let changes): for change in changes { values[change.key] = change.value }
        case .clear: values = [:]
        }
        tags[heap] = values.isEmpty ? nil : values
    }

    var heapCount: Int { tags.count }

    /// Ascending by key.
    func tags(of heap: [UInt8]) -> [HeapTag] {
        (tags[heap] ?? [:]).map { HeapTag(key: $0.key, value: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }
}
