import Raft
import StateMachine
import struct StateMachine.Event

/// A client that watches: what it has seen, and where it goes on after a node has died. Events come in small pages, so that it may have to
/// go on in the middle of a revision.
struct WatchClient {
    let client: Int
    let prefix: [UInt8]
    let from: UInt64
    let start: Instant
    /// The node whose process it is connected to; `nil` when it has to find another.
    private(set) var connection: (node: Int, boot: UInt64)?
    private(set) var events: [Event] = []
    /// Everything up to here was seen, or does not match.
    private(set) var position: EventPosition

    init(client: Int, prefix: [UInt8], from: UInt64, at start: Instant) {
        self.client = client
        self.prefix = prefix
        self.from = from
        self.start = start
        position = EventPosition(revision: from == 0 ? 0 : from - 1, number: .max)
    }

    /// It has seen everything up to this revision.
    var until: UInt64 { position.number == .max || position.revision == 0 ? position.revision : position.revision - 1 }

    mutating func connect(to node: Int, boot: UInt64) { connection = (node, boot) }

    mutating func disconnect() { connection = nil }

    /// Takes the next page of what a node knows.
    /// - Returns: whether there was something new.
    mutating func read(_ state: StateMachine, limit: Int) throws(Violation) -> Bool {
        guard position.revision <= state.lastApplied else { return false }
        switch state.events(after: position, prefix: prefix, limit: limit, maxBytes: 64 << 10) {
        case .page(let page, let next):
            let isNew = next > position
            position = max(position, next)
            events += page
            return isNew
        case .belowFloor(let floor):
            throw Violation("a watch cannot go on after \(position): changes are kept from revision \(floor) on only")
        }
    }
}
