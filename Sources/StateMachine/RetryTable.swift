/// The outcomes of forwarded commands, kept so that a command which reaches the log twice takes effect once (thesis 6.3).
///
/// A session is one run of one forwarding node; it comes into being with its first command. It keeps the outcomes that
/// its forwarder may still ask for, and is forgotten ten minutes after it was last used. Time is that of the entries
/// (``EntryClock``), so that every node forgets at the same entry. A forwarder therefore never retries for as long as that.
package struct RetryTable: Sendable, Equatable {
    /// What is known of a command that is about to be applied.
    package enum Verdict: Sendable, Equatable {
        /// Not seen before: apply it, then ``RetryTable/record(_:for:)`` its outcome.
        case new
        /// Applied before, with this outcome.
        case duplicate(Outcome)
        /// Its forwarder has had the answer: nobody waits for this copy.
        case superseded
    }

    /// How long after its last use a session is forgotten.
    package static let lifetimeMilliseconds: UInt64 = 600_000

    /// Sorted by instance and boot: few, at most one for each start of a node in ten minutes.
    private(set) var sessions: [RetrySession] = []

    /// No session was last used before this; it may lag behind.
    private var usedSince: UInt64 = 0

    /// About how many bytes it takes.
    private(set) var bytes = 0

    package init() {}

    /// - Precondition: sorted by instance and boot.
    init(restoring sessions: [RetrySession]) {
        self.sessions = sessions
        bytes = sessions.reduce(0) { $0 + $1.bytes }
        usedSince = sessions.map(\.lastUsed).min() ?? 0
    }

    /// How many sessions are remembered.
    package var sessionCount: Int { sessions.count }

    /// How many outcomes are kept.
    package var outcomeCount: Int { sessions.reduce(0) { $0 + $1.count } }

    /// Forgets the sessions that were last used ten minutes before `now` or earlier.
    /// - Parameter now: the time of the entry being applied, in milliseconds; never falls.
    /// - Complexity: O(1), and O(sessions) at most when the longest unused one may be due.
    package mutating func expire(at now: UInt64) {
        guard !sessions.isEmpty, now - usedSince >= RetryTable.lifetimeMilliseconds else { return }
        sessions.removeAll { now - $0.lastUsed >= RetryTable.lifetimeMilliseconds }
        bytes = sessions.reduce(0) { $0 + $1.bytes }
        usedSince = sessions.reduce(now) { min($0, $1.lastUsed) }
    }

    /// Tells whether a command is new, and drops the outcomes that its forwarder no longer needs.
    /// - Parameters:
    ///   - request: the command's name.
    ///   - completedBelow: the forwarder has its answers for all sequences below; at most the request's own.
    ///   - now: the time of the entry being applied, in milliseconds; never falls.
    /// - Complexity: O(log n) in sessions and in outcomes kept; O(sessions) for the first command of a session.
    package mutating func admit(_ request: RequestID, completedBelow: UInt64, at now: UInt64) -> Verdict {
        let place = lowerBound(of: request)
        if !isSession(of: request, at: place) {
            if sessions.isEmpty { usedSince = now }
            sessions.insert(
                RetrySession(instance: request.instance, boot: request.boot, lastUsed: now), at: place
            )
            bytes += RetrySession.overhead
        }
        sessions[place].lastUsed = now
        let bytesBefore = sessions[place].bytes
        sessions[place].complete(below: completedBelow)
        bytes += sessions[place].bytes - bytesBefore
        if request.sequence < sessions[place].completedBelow { return .superseded }
        return sessions[place].outcome(of: request.sequence).map { .duplicate($0) } ?? .new
    }

    /// Keeps the outcome of a command that ``admit(_:completedBelow:at:)`` has just called new.
    package mutating func record(_ outcome: Outcome, for request: RequestID) {
        let place = lowerBound(of: request)
        precondition(isSession(of: request, at: place), "request \(request.sequence) was not admitted")
        let bytesBefore = sessions[place].bytes
        sessions[place].record(outcome, of: request.sequence)
        bytes += sessions[place].bytes - bytesBefore
    }

    private func isSession(of request: RequestID, at place: Int) -> Bool {
        place < sessions.count && sessions[place].instance == request.instance && sessions[place].boot == request.boot
    }

    /// The place of the least session that does not sort before that of `request`.
    private func lowerBound(of request: RequestID) -> Int {
        var low = 0
        var high = sessions.count
        while low < high {
            let middle = (low + high) / 2
            let session = sessions[middle]
            if (session.instance, session.boot) < (request.instance, request.boot) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Equal in what is remembered; when it was last looked through is of no account.
    package static func == (left: RetryTable, right: RetryTable) -> Bool { left.sessions == right.sessions }
}
