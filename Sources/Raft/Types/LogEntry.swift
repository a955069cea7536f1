/// A leader's term of office: grows monotonically, at most one leader in each (thesis 3.3).
package typealias Term = UInt64

/// A position in the replicated log. The first entry has index 1; 0 means "before the log".
package typealias LogIndex = UInt64

/// One entry of the replicated log (thesis 3.5).
package struct LogEntry: Sendable, Equatable {
    /// What the payload is, and who interprets it.
    package enum Kind: UInt8, Sendable {
        /// Nothing: a new leader's first entry, so that it may commit what earlier terms left (thesis 3.6.2, 6.4).
        case noop = 0
        /// An encoded `Configuration`, in force as soon as it is appended (thesis 4.1).
        case configuration = 1
        /// A command of the state machine; the engine never looks inside.
        case command = 2
    }

    package let term: Term
    package let index: LogIndex
    package let kind: Kind
    package let payload: [UInt8]

    package init(term: Term, index: LogIndex, kind: Kind, payload: [UInt8]) {
        self.term = term
        self.index = index
        self.kind = kind
        self.payload = payload
    }

    package var position: LogPosition { LogPosition(index: index, term: term) }

    /// What the entry counts against windows and batch limits, in bytes: its payload and a record's header.
    package var weight: Int { payload.count + 32 }
}

/// The identity of an entry: if two logs hold an entry with the same index and term, they are identical up to it
/// (Log Matching, thesis 3.5).
package struct LogPosition: Sendable, Hashable, CustomStringConvertible {
    package let index: LogIndex
    package let term: Term

    package init(index: LogIndex, term: Term) {
        self.index = index
        self.term = term
    }

    /// The highest index that is believed, on disk and from others. No log has so many entries; none could follow the last number there is.
    package static let maximumIndex: LogIndex = 1 << 62

    /// The highest term that is believed. No cluster holds so many elections; a node that took the last number there is could never stand
    /// again.
    package static let maximumTerm: Term = 1 << 62

    /// Before the first entry.
    package static let zero = LogPosition(index: 0, term: 0)

    /// Whether a log that ends here is at least as up-to-date as one that ends at `other` (thesis 3.6.1).
    package func isAtLeastAsUpToDate(as other: LogPosition) -> Bool {
        term != other.term ? term > other.term : index >= other.index
    }

    package var description: String { "\(index)@\(term)" }
}
