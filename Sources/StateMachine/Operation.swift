/// What must hold for an operation to take effect, as HTTP states it (RFC 9110, 13.1).
package enum Condition: Sendable, Equatable {
    case none
    /// `If-Match: "1", "2"`: the key is present and its revision is one of these.
    case matchesAny(revisions: [UInt64])
    /// `If-Match: *`: the key is present.
    case exists
    /// `If-None-Match: *`: the key is absent.
    case absent

    /// Whether it holds for a key whose value has `revision`, `nil` when the key is absent.
    package func holds(for revision: UInt64?) -> Bool {
        switch self {
        case .none: true
        case .matchesAny(let revisions): revision.map { revisions.contains($0) } ?? false
        case .exists: revision != nil
        case .absent: revision == nil
        }
    }
}

/// A change of the state.
package enum Operation: Sendable, Equatable {
    case put(key: [UInt8], value: [UInt8], condition: Condition)
    case delete(key: [UInt8], condition: Condition)
    /// Several operations at once, or several others.
    case transaction(Transaction)
    case session(SessionCommand)
    case heap(HeapCommand)
    case mcpSession(MCPSessionCommand)
    /// A member tells all others about itself.
    case announce(Announcement)
    /// Every node notes the hash that its state has at this entry.
    case compareHashes
    /// A member tells the hash that it noted at the last ``compareHashes``.
    case reportHash(HashReport)

    /// What it weighs while it waits, in bytes.
    package var byteCount: Int {
        switch self {
        case .put(let key, let value, _): key.count + value.count
        case .delete(let key, _): key.count
        case .transaction(let transaction): transaction.byteCount
        case .session(let command): command.byteCount
        case .heap(let command): command.byteCount
        case .mcpSession(let command): command.byteCount
        case .announce(let announcement): announcement.byteCount
        case .compareHashes: 0
        case .reportHash: HashReport.byteCount
        }
    }
}
