/// The place of a change among all changes.
package struct EventPosition: Sendable, Equatable, Comparable, CustomStringConvertible {
    /// The index of the entry that made it.
    package let revision: UInt64
    /// Counts the changes of one revision, from 0 on.
    package let number: UInt32

    package init(revision: UInt64, number: UInt32) {
        self.revision = revision
        self.number = number
    }

    /// Behind everything of a revision.
    package static func endOf(revision: UInt64) -> EventPosition { EventPosition(revision: revision, number: .max) }

    package static func < (left: EventPosition, right: EventPosition) -> Bool {
        (left.revision, left.number) < (right.revision, right.number)
    }

    package var description: String { "\(revision).\(number)" }
}

/// A change that took effect: what a condition refused changed nothing, nor did deleting what is absent.
package struct Event: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case put(value: [UInt8])
        case delete
    }

    package let position: EventPosition
    package let key: [UInt8]
    package let kind: Kind

    package init(position: EventPosition, key: [UInt8], kind: Kind) {
        self.position = position
        self.key = key
        self.kind = kind
    }

    /// What a put wrote; `nil` for a delete.
    package var value: [UInt8]? {
        if case .put(let value) = kind { value } else { nil }
    }
}

/// A part of the history.
package enum EventPage: Sendable, Equatable {
    /// Events in order; go on after `next`. A page without an event may have more behind it, unless `next` is where it began.
    case page(events: [Event], next: EventPosition)
    /// Some of what was asked for is not kept any more: the history is complete from this revision on.
    case belowFloor(floor: UInt64)
}
