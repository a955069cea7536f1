/// The outcomes of the requests that clients gave a key, refusals included: what a retry within ten minutes is answered with.
///
/// Time is that of the entries (``EntryClock``), so every node forgets at the same entry. Nothing is forgotten early: a full table takes
/// no new key. A copy takes O(1).
struct KeyedRetries: Sendable {
    /// How much is kept.
    struct Limits: Sendable, Equatable {
        let count: Int
        /// Of scopes and outcomes.
        let bytes: Int

        static let standard = Limits(count: 500_000, bytes: 64 << 20)
    }

    /// What is known of a key.
    enum Verdict: Equatable {
        /// Not seen in ten minutes.
        case new
        /// Seen, with this outcome.
        case repeated(Outcome)
        /// Seen with another request.
        case reused
    }

    struct Kept: Sendable, Equatable {
        let fingerprint: UInt64
        /// When it was applied, in milliseconds of the entries' clock.
        let time: UInt64
        let outcome: Outcome
    }

    struct Expiry: Sendable {
        let time: UInt64
        let scope: [UInt8]
    }

    /// How long an outcome is kept.
    static let lifetimeMilliseconds: UInt64 = 600_000

    /// The most keys that one command makes the table forget: so none has to wait for thousands.
    private static let maximumForgotten = 64

    /// What a plain outcome takes.
    private static let plainOutcome = 16
    /// What an entry takes beside: array headers, its places in map and queue.
    private static let overhead = 192

    let limits: Limits

    private(set) var kept = OrderedMap<Kept>()

    /// The keys of `kept`, ascending by time.
    /// - Invariant: as many as `kept`.
    private(set) var expiries = ChunkedQueue<Expiry>()

    /// Of scopes and outcomes.
    private var contentBytes = 0

    /// The sum over all that is kept.
    private(set) var hash = StateHash.zero

    init(limits: Limits = .standard) { self.limits = limits }

    var count: Int { kept.count }

    /// About how many bytes it takes.
    var bytes: Int { contentBytes + count * KeyedRetries.overhead }

    /// Forgets what is ten minutes old, as far as one command should.
    /// - Parameter now: the time of the entry being applied, in milliseconds; never falls.
    mutating func expire(at now: UInt64) {
        for _ in 0..<KeyedRetries.maximumForgotten {
            guard let oldest = expiries.first, isOver(oldest.time, at: now) else { return }
            forgetOldest()
        }
    }

    /// What is known of the key.
    mutating func verdict(on key: IdempotencyKey, at now: UInt64) -> Verdict {
        guard let known = kept.get(key.scope) else { return .new }
        if isOver(known.time, at: now) {
            // All that is older has to go first, so that the queue keeps its order.
            while kept.get(key.scope) != nil { forgetOldest() }
            return .new
        }
        return known.fingerprint == key.fingerprint ? .repeated(known.outcome) : .reused
    }

    /// Whether the outcome of a new key can be kept.
    /// - Parameter extraBytes: what the outcome takes beside a plain one.
    func hasRoom(for key: IdempotencyKey, extraBytes: Int) -> Bool {
        count < limits.count && contentBytes + content(key.scope, extraBytes) <= limits.bytes
    }

    /// Keeps the outcome of a key that ``verdict(on:at:)`` has just called new.
    mutating func record(_ outcome: Outcome, for key: IdempotencyKey, at now: UInt64) {
        let new = Kept(fingerprint: key.fingerprint, time: now, outcome: outcome)
        let previous = kept.put(key.scope, new)
        precondition(previous == nil, "a key was recorded twice")
        hash += KeyedRetries.hash(key.scope, new)
        let content = content(key.scope, outcome.extraByteCount)
        contentBytes += content
        expiries.append(Expiry(time: now, scope: key.scope), weight: key.scope.count + KeyedRetries.overhead)
    }

    private func isOver(_ time: UInt64, at now: UInt64) -> Bool { now - time >= KeyedRetries.lifetimeMilliseconds }

    private mutating func forgetOldest() {
        let scope = expiries.removeFirst().scope
        guard let known = kept.remove(scope) else { preconditionFailure("a key that is due is not kept") }
        contentBytes -= content(scope, known.outcome.extraByteCount)
        hash -= KeyedRetries.hash(scope, known)
    }

    private func content(_ scope: [UInt8], _ extraBytes: Int) -> Int {
        scope.count + KeyedRetries.plainOutcome + extraBytes
    }
}
