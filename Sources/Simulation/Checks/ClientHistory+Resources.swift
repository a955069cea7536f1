import History
import StateMachine

// What clients ask and are told of session logs and heaps, in the words of a history.

extension HistorySessionRequest {
    init(_ command: SessionCommand, _ symbols: inout SymbolTable) {
        let action: Action
        switch command.action {
        case .append(let entry, let expected):
            let head: HistoryHead =
                switch expected {
                case .anything: .anything
                case .empty: .empty
                case .heap(let heap): .heap(symbols.intern(heap))
                }
            action = .append(HistoryEntry(entry, &symbols), expecting: head)
        case .fork(let target): action = .fork(to: symbols.intern(target))
        case .trim(let index): action = .trim(before: index)
        case .delete: action = .delete
        }
        self.init(symbols.intern(command.session), action)
    }

    /// - Precondition: it is one of those that the load makes.
    init(_ query: SessionQuery, isStale: Bool, _ symbols: inout SymbolTable) {
        switch query {
        case .entries(let session, let startAfter, let limit, _):
            self.init(symbols.intern(session), .entries(startAfter: startAfter, limit: limit, isStale: isStale))
        case .latest(let session): self.init(symbols.intern(session), .latest(isStale: isStale))
        case .names, .tail: preconditionFailure("the load does not ask for \(query)")
        }
    }
}

extension HistorySessionResult {
    init(_ outcome: SessionOutcome, _ symbols: inout SymbolTable) {
        switch outcome {
        case .appended(let index, let revision): self = .appended(index: index, revision: revision)
        case .headMismatch(let head): self = .headMismatch(head: head.map { symbols.intern($0) })
        case .forked(let revision): self = .forked(revision: revision)
        case .targetExists: self = .targetExists
        case .sourceEmpty: self = .sourceEmpty
        case .trimmed(let revision, let removed): self = .trimmed(revision: revision, removed: removed)
        case .deleted(let revision, let deleted): self = .deleted(revision: revision, deleted: deleted)
        }
    }

    /// `nil` for an answer to what the load does not ask.
    init?(_ answer: SessionAnswer, _ symbols: inout SymbolTable) {
        switch answer {
        case .entries(let entries, let next):
            self = .entries(entries.map { HistoryLogged($0, &symbols) }, hasMore: next != nil)
        case .latest(let found): self = .latest(found.map { HistoryLogged($0, &symbols) })
        case .names, .tail: return nil
        }
    }
}

extension HistoryEntry {
    /// All but the heap in one text: it comes back as it was given, or not.
    fileprivate init(_ entry: SessionEntry, _ symbols: inout SymbolTable) {
        let rest = [entry.inputHeap ?? [], entry.outputFS ?? [], entry.code].joined(separator: Array(" | ".utf8))
        self.init(heap: symbols.intern(entry.outputHeap), code: symbols.intern(Array(rest)))
    }
}

extension HistoryLogged {
    fileprivate init(_ logged: LoggedSessionEntry, _ symbols: inout SymbolTable) {
        self.init(index: logged.index, HistoryEntry(logged.entry, &symbols))
    }
}

extension HistoryHeapRequest {
    init(_ command: HeapCommand, _ symbols: inout SymbolTable) {
        let action: Action
        switch command.action {
        case .replace(let tags): action = .replace(symbols.intern(tags))
        case .merge(let changes):
            var values: [Symbol: Symbol?] = [:]
            for change in changes {
                values.updateValue(change.value.map { symbols.intern($0) }, forKey: symbols.intern(change.key))
            }
            action = .merge(values)
        case .clear: action = .clear
        }
        self.init(symbols.intern(command.heap), action)
    }
}

extension HistoryHeapResult {
    /// `nil` for an outcome that the load does not lead to.
    init?(_ outcome: HeapOutcome, _ symbols: inout SymbolTable) {
        switch outcome {
        case .tags(let tags, let revision): self = .changed(symbols.intern(tags), revision: revision)
        case .cleared(let revision, let deleted): self = .cleared(revision: revision, deleted: deleted)
        case .tooMany: return nil
        }
    }
}

extension SymbolTable {
    mutating func intern(_ tags: [HeapTag]) -> HistoryTags {
        var values: HistoryTags = [:]
        for tag in tags { values[intern(tag.key)] = intern(tag.value) }
        return values
    }
}
