import Raft

// How entries change session logs and heaps. Whatever changes one is told to the history of resources.

extension StateMachine.View {
    /// Carries out a change of a session log.
    mutating func perform(_ command: SessionCommand, revision: UInt64) -> SessionOutcome {
        let session = command.session
        switch command.action {
        case .append(let entry, let expected):
            let latest = expected == .anything ? nil : sessionLogs.get(session)?.latest
            guard expected.holds(for: latest?.entry.outputHeap) else {
                return .headMismatch(head: latest?.entry.outputHeap)
            }
            let index = sessionLogs.append(entry.encode(timestamp: lastTimestamp), to: session)
            // An index is given once, so the first tells that there was no log.
            note(.session, session, index == 0 ? .created : .updated, revision: revision)
            return .appended(index: index, revision: revision)
        case .fork(let target):
            guard let source = sessionLogs.get(session), !source.isEmpty else { return .sourceEmpty }
            guard sessionLogs.get(target) == nil else { return .targetExists }
            sessionLogs.put(target, source)
            note(.session, target, .created, revision: revision)
            return .forked(revision: revision)
        case .trim(let index):
            let removed = sessionLogs.trim(session, before: index)
            if removed > 0 { note(.session, session, .updated, revision: revision) }
            return .trimmed(revision: revision, removed: removed)
        case .delete:
            let isDeleted = sessionLogs.remove(session)
            if isDeleted { note(.session, session, .removed, revision: revision) }
            return .deleted(revision: revision, deleted: isDeleted)
        }
    }

    /// Carries out a change of a heap's tags.
    mutating func perform(_ command: HeapCommand, revision: UInt64) -> HeapOutcome {
        let previous = heapTags.tags(of: command.heap)
        var tags = previous
        switch command.action {
        case .replace(let new): tags = TagSet(new)
        case .merge(let changes): tags.apply(changes)
        case .clear: tags = TagSet()
        }
        guard tags.isWithinLimits else { return .tooMany }
        if tags != previous {
            heapTags.put(command.heap, tags)
            let kind: ResourceChange.Kind = previous.isEmpty ? .created : tags.isEmpty ? .removed : .updated
            note(.heap, command.heap, kind, revision: revision)
        }
        if case .clear = command.action { return .cleared(revision: revision, deleted: !previous.isEmpty) }
        return .tags(tags.tags, revision: revision)
    }

    private mutating func note(
        _ kind: Resource.Kind, _ name: [UInt8], _ change: ResourceChange.Kind, revision: UInt64
    ) {
        resourceHistory.append(
            ResourceChange(
                position: EventPosition(revision: revision, number: 0), resource: Resource(kind, name), kind: change))
    }

    /// The answer to a question about session logs.
    package func answer(_ query: SessionQuery) -> SessionAnswer { sessionLogs.answer(query) }

    /// The answer to a question about heaps.
    package func answer(_ query: HeapQuery) -> HeapAnswer { heapTags.answer(query) }

    /// The changes of session logs and heaps after `position`, in order, a page of at most `limit` at a time.
    package func resourceChanges(after position: EventPosition, limit: Int) -> ResourceChangePage {
        resourceHistory.page(after: position, limit: limit, end: lastApplied)
    }
}
