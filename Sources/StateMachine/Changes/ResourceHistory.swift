/// The last changes of session logs and heaps, in order: what notifications are made of. Part of the replicated state, so that their ids
/// are the same on every node, and any node can go on for any other.
///
/// A history like that of the keys, of its own length: each change stands in it as an event whose key begins with the kind of the
/// resource, and whose value is the kind of the change.
struct ResourceHistory: Sendable {
    static let standardLimits = EventHistory.Limits(count: 100_000, bytes: 16 << 20)

    private(set) var events: EventHistory

    init(floor: UInt64 = 1, limits: EventHistory.Limits = ResourceHistory.standardLimits) {
        events = EventHistory(floor: floor, limits: limits)
    }

    /// - Precondition: it comes after all that are here.
    mutating func append(_ change: ResourceChange) {
        let key = [change.resource.kind.rawValue] + change.resource.name
        let value = [change.kind.rawValue]
        let hash = StateHash.entry(key, value, revision: change.position.revision)
        events.append(change.position, key: key, value: value, hash: .put(hash, number: change.position.number))
    }

    /// Drops what is too much, as ``EventHistory/trim(keeping:)``.
    mutating func trim(keeping newest: UInt64) { events.trim(keeping: newest) }

    /// The changes after `position`, a page at a time. See ``EventHistory/page(after:prefix:limit:maxBytes:end:)``.
    func page(after position: EventPosition, limit: Int, end: UInt64) -> ResourceChangePage {
        switch events.page(after: position, prefix: [], limit: limit, maxBytes: .max, end: end) {
        case .belowFloor(let floor): .belowFloor(floor: floor)
        case .page(let events, let next): .page(changes: events.map(ResourceHistory.change), next: next)
        }
    }

    /// Calls `body` with the changes from `place` on, in order, until it returns `false`.
    func forEach(from place: Int, _ body: (ResourceChange) -> Bool) {
        events.forEach(from: place) { body(ResourceHistory.change($0)) }
    }

    private static func change(_ event: Event) -> ResourceChange {
        guard let kind = event.key.first.flatMap(Resource.Kind.init), let change = event.value?.first,
            let change = ResourceChange.Kind(rawValue: change)
        else { preconditionFailure("change \(event.position) is of no resource") }
        return ResourceChange(
            position: event.position, resource: Resource(kind, Array(event.key.dropFirst())), kind: change)
    }
}
