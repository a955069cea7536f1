/// One connection of a server as a value: bytes in, requests out; answers in, bytes out.
///
/// Requests may be pipelined and answered in any order; the answers leave in the order of the requests (RFC 9112, section 9.3.2).
/// The owner moves the bytes, tells the time (monotonic nanoseconds) and closes when `isFinished`.
///
/// An answer is given whole (`respond`) or as a stream of bytes (`startStream`). Bytes of a stream are kept here until they are taken:
/// whoever writes heeds `isWritable`, so that a slow client costs little.
package struct ServerConnection {
    /// Names a request of this connection.
    package struct RequestID: Hashable, Comparable, Sendable {
        let sequence: UInt64

        package static func < (left: RequestID, right: RequestID) -> Bool { left.sequence < right.sequence }
    }

    package enum Event {
        case request(RequestID, HTTPRequest)
        /// The client was refused; the answer is already on its way and the connection ends with it.
        case rejected(HTTPParseError)
    }

    enum Input {
        case open
        /// The client has sent its last byte but may still read.
        case ended
        /// Whatever else comes is not looked at.
        case ignored
    }

    let limits: HTTPLimits
    let timeouts: ServerTimeouts
    let mayStream: ((HTTPRequest) -> Bool)?
    let refusal: ((HTTPParseError, HTTPRequest?) -> HTTPResponse)?
    var parser: RequestParser
    var input = Input.open
    /// In the order of the requests.
    /// - Invariant: at most `limits.pipelinedRequests`, and one more for a refusal.
    var slots: [Slot] = []
    /// The sequence number of `slots[0]`.
    var firstSequence: UInt64 = 0
    /// A request that changes something, and waits until all before it are answered.
    var heldRequest: HTTPRequest?
    /// Read, but beyond what may run now.
    var heldInput: [UInt8] = []
    var output: [UInt8] = []
    var owesContinue = false
    var isDraining = false
    var isWindingDown = false
    /// When the present wait began: idle, this head, or the body's last progress.
    var waitingSince: UInt64

    /// The connection is over as soon as what `takeOutput()` still has is on the wire.
    package internal(set) var isFinished = false

    /// - Parameters:
    ///   - bodyLimit: how many bytes the body of a request may have, given its head; `limits.bodyBytes` without it.
    ///   - mayStream: which requests may be answered by a stream. None behind such a one runs before its answer has left: it might have
    ///     to be kept for ever.
    ///   - refusal: how a request that cannot be read is answered, given its head if that much was read; the error's own answer without it.
    package init(
        limits: HTTPLimits = HTTPLimits(), timeouts: ServerTimeouts = ServerTimeouts(),
        bodyLimit: ((HTTPRequest) -> Int)? = nil, mayStream: ((HTTPRequest) -> Bool)? = nil,
        refusal: ((HTTPParseError, HTTPRequest?) -> HTTPResponse)? = nil, now: UInt64
    ) {
        self.limits = limits
        self.timeouts = timeouts
        self.mayStream = mayStream
        self.refusal = refusal
        parser = RequestParser(limits: limits, bodyLimit: bodyLimit)
        waitingSince = now
    }

    /// Requests that were handed out and whose answers have not left.
    package var outstanding: Int { slots.count }

    /// Whether more bytes are welcome; the owner stops reading while not, and the client's own TCP slows it down.
    package var wantsRead: Bool {
        input == .open && heldRequest == nil && heldInput.isEmpty && slots.count < limits.pipelinedRequests
            && !isDrained
    }

    /// Whether `resume(now:)` has something to do.
    package var canResume: Bool {
        guard input == .open, !isDrained else { return false }
        return heldRequest == nil ? !heldInput.isEmpty && hasRoom : isAnswered
    }

    /// Whether another request may be handed out: not beside one that changes something, not behind a stream.
    var hasRoom: Bool {
        guard heldRequest == nil, slots.count < limits.pipelinedRequests else { return false }
        guard let last = slots.last, !last.isComplete else { return true }
        return !last.mayStream && (last.isSafe || limits.runsUnsafeInParallel)
    }

    var isAnswered: Bool { slots.allSatisfy(\.isComplete) }

    /// How many bytes wait to be taken, answers aside that are not written out yet.
    package var outputBytes: Int { output.count }

    /// The next bytes to be sent: call it until it has none, or until the client is to be waited for. Answers beyond
    /// `limits.outputBytes` stay what they are until then, so that a client that reads nothing costs little.
    package mutating func takeOutput() -> [UInt8] {
        emit()
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }
}

// MARK: - Time

extension ServerConnection {
    /// When the client has let too much time pass, unless it does something; nil while it is the server that is waited for.
    package var deadline: UInt64? {
        guard wantsRead else { return nil }
        switch parser.phase {
        case .idle: return slots.isEmpty ? waitingSince + timeouts.idleMilliseconds * 1_000_000 : nil
        case .head: return waitingSince + timeouts.headMilliseconds * 1_000_000
        case .body: return owesContinue ? nil : waitingSince + timeouts.bodyMilliseconds * 1_000_000
        }
    }

    /// Ends what is past its deadline: with 408 in the middle of a request, silently between requests.
    package mutating func expire(now: UInt64) -> Event? {
        guard let deadline, now >= deadline else { return nil }
        guard parser.phase != .idle else {
            finish()
            return nil
        }
        let part = parser.phase == .head ? "header" : "body"
        let event = reject(HTTPParseError(.requestTimeout, "the request's \(part) did not arrive in time"))
        emit()
        return event
    }

    /// Reading goes on after the owner itself had stopped it: the client is not to blame for the time between.
    package mutating func restartClock(now: UInt64) { waitingSince = now }
}
