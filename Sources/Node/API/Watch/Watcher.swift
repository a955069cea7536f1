import StateMachine

/// One watch as a value: a place in the history, and what comes next of it. It keeps no events.
struct Watcher {
    enum Step {
        /// Events to be sent, or nothing when all was seen.
        case events([UInt8])
        /// What comes next is not kept any more.
        case belowFloor(floor: UInt64)
    }

    /// One step reads at most so much, a single event aside.
    private static let maxEvents = 256
    private static let maxBytes = 64 << 10

    let prefix: [UInt8]
    /// Everything up to here was sent, or did not match.
    private(set) var position: EventPosition

    init(prefix: [UInt8], after position: EventPosition) {
        self.prefix = prefix
        self.position = position
    }

    /// From which revision on changes are kept, if some of what is wanted is not.
    func missedFloor(_ state: StateMachine) -> UInt64? {
        let page = state.events(after: position, prefix: prefix, limit: 1, maxBytes: 1)
        if case .belowFloor(let floor) = page { return floor }
        return nil
    }

    /// The next events of the history, as text.
    mutating func next(_ state: StateMachine) -> Step {
        var text: [UInt8] = []
        while position.revision <= state.lastApplied {
            switch state.events(after: position, prefix: prefix, limit: Watcher.maxEvents, maxBytes: Watcher.maxBytes) {
            case .belowFloor(let floor): return .belowFloor(floor: floor)
            case .page(let events, let next):
                let hasMoved = next > position
                position = max(position, next)
                for event in events { EventStreamText.append(event, to: &text) }
                // A page without a match may have more behind it.
                guard events.isEmpty, hasMoved else { return .events(text) }
            }
        }
        return .events(text)
    }

    /// Says how far the watch has come, which has sent everything up to `state`. Without an id while it waits for a future revision: there
    /// is nothing yet to go on after.
    func progress(_ state: StateMachine) -> [UInt8] {
        let revision = state.lastApplied
        guard position.revision <= revision else { return EventStreamText.progress(revision: revision, id: nil) }
        return EventStreamText.progress(revision: revision, id: position)
    }
}
