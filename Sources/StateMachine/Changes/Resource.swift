/// What agents subscribe to: a session log, or the tags of a heap.
package struct Resource: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        case session = 1
        case heap
    }

    package let kind: Kind
    /// A ``Name``.
    package let name: [UInt8]

    package init(_ kind: Kind, _ name: [UInt8]) {
        self.kind = kind
        self.name = name
    }
}

/// That a resource changed, and how.
package struct ResourceChange: Sendable, Equatable {
    package enum Kind: UInt8, Sendable {
        case created = 1
        case updated
        case removed
    }

    package let position: EventPosition
    package let resource: Resource
    package let kind: Kind

    package init(position: EventPosition, resource: Resource, kind: Kind) {
        self.position = position
        self.resource = resource
        self.kind = kind
    }
}

/// A part of the history of changes.
package enum ResourceChangePage: Sendable, Equatable {
    /// Changes in order; go on after `next`.
    case page(changes: [ResourceChange], next: EventPosition)
    /// Some of what was asked for is not kept any more: the history is complete from this revision on.
    case belowFloor(floor: UInt64)
}
