/// One connection of a server as a value: bytes in, requests out; answers in, bytes out.
///
/// Requests may be pipelined and answered in any order; the answers leave in the order of the requests (RFC 9112, section 9.3.2).
/// The owner moves the bytes, tells the time (monotonic nanoseconds) and closes when `isFinished`.
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

    /// A request that waits for its turn to be answered.
    private struct Slot {
        let isHead: Bool
        let isHTTP10: Bool
        let keepAlive: Bool
        let isSafe: Bool
        var response: HTTPResponse?
    }

    private enum Input {
        case open
        /// The client has sent its last byte but may still read.
        case ended
        /// Whatever else comes is not looked at.
        case ignored
    }

    private let limits: HTTPLimits
    private let timeouts: ServerTimeouts
    private var parser: RequestParser
    private var input = Input.open
    /// In the order of the requests.
    /// - Invariant: at most `limits.pipelinedRequests`, and one more for a refusal.
    private var slots: [Slot] = []
    /// The sequence number of `slots[0]`.
    private var firstSequence: UInt64 = 0
    /// A request that changes something, and waits until all before it are answered.
    private var heldRequest: HTTPRequest?
    /// Read, but beyond what may run now.
    private var heldInput: [UInt8] = []
    private var output: [UInt8] = []
    private var owesContinue = false
    private var isDraining = false
    /// When the present wait began: idle, this head, or the body's last progress.
    private var waitingSince: UInt64

    /// The connection is over as soon as what `takeOutput()` still has is on the wire.
    package private(set) var isFinished = false

    /// - Parameter bodyLimit: how many bytes the body of a request may have, given its head; `limits.bodyBytes` without it.
    package init(
        limits: HTTPLimits = HTTPLimits(), timeouts: ServerTimeouts = ServerTimeouts(),
        bodyLimit: ((HTTPRequest) -> Int)? = nil, now: UInt64
    ) {
        self.limits = limits
        self.timeouts = timeouts
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

    /// Whether another request may be handed out: not beside one that changes something.
    private var hasRoom: Bool {
        guard heldRequest == nil, slots.count < limits.pipelinedRequests else { return false }
        return limits.runsUnsafeInParallel || slots.last.map { $0.isSafe || $0.response != nil } ?? true
    }

    private var isAnswered: Bool { slots.allSatisfy { $0.response != nil } }

    /// Whether bytes wait to be taken.
    package var hasOutput: Bool { !output.isEmpty }

    /// The next bytes to be sent: call it until it has none, or until the client is to be waited for. Answers beyond
    /// `limits.outputBytes` stay what they are until then, so that a client that reads nothing costs little.
    package mutating func takeOutput() -> [UInt8] {
        emit()
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }
}

// MARK: - Input

extension ServerConnection {
    /// Takes bytes of the client.
    package mutating func receive(_ bytes: Span<UInt8>, now: UInt64) -> [Event] {
        guard input == .open else { return [] }
        guard heldRequest == nil, heldInput.isEmpty else {
            heldInput.append(bytes, in: 0..<bytes.count)
            return canResume ? resume(now: now) : []
        }
        var offset = 0
        let events = parse(bytes, from: &offset, now: now)
        if input == .open, !isDrained { heldInput.append(bytes, in: offset..<bytes.count) }
        return events
    }

    /// Goes on with what was held back, once answers have made room.
    package mutating func resume(now: UInt64) -> [Event] {
        var bytes: [UInt8] = []
        swap(&bytes, &heldInput)
        guard let request = heldRequest else { return receive(bytes.span, now: now) }
        heldRequest = nil
        return [admit(request)] + receive(bytes.span, now: now)
    }

    /// The client has sent its last byte. What it asked is still answered.
    package mutating func receiveEnd() {
        guard input == .open else { return }
        input = .ended
        emit()
    }

    private mutating func parse(_ bytes: Span<UInt8>, from offset: inout Int, now: UInt64) -> [Event] {
        var events: [Event] = []
        let wasInHead = parser.phase == .head
        do throws(HTTPParseError) {
            while input == .open, hasRoom, !isDrained {
                guard let event = try parser.next(bytes, from: &offset) else { break }
                switch event {
                case .needContinue: owesContinue = true
                case .request(let request) where mustWait(request): heldRequest = request
                case .request(let request): events.append(admit(request))
                }
            }
        } catch {
            events.append(reject(error))
        }
        // A head has its time as a whole; everything else counts from the last byte.
        if !(wasInHead && parser.phase == .head && events.isEmpty) { waitingSince = now }
        emit()
        return events
    }

    private func mustWait(_ request: HTTPRequest) -> Bool {
        !limits.runsUnsafeInParallel && !request.method.isSafe && !isAnswered
    }

    private mutating func admit(_ request: HTTPRequest) -> Event {
        owesContinue = false
        let id = RequestID(sequence: firstSequence + UInt64(slots.count))
        slots.append(
            Slot(
                isHead: request.method == .head, isHTTP10: request.version == .http10, keepAlive: request.keepAlive,
                isSafe: request.method.isSafe))
        if !request.keepAlive { input = .ignored }
        return .request(id, request)
    }

    private mutating func reject(_ error: HTTPParseError) -> Event {
        owesContinue = false
        input = .ignored
        slots.append(
            Slot(isHead: false, isHTTP10: false, keepAlive: false, isSafe: true, response: error.response))
        return .rejected(error)
    }
}

// MARK: - Output

extension ServerConnection {
    /// Answers a request, once; the answer leaves when those before it have left.
    ///
    /// - Returns: false when the request was answered before or its connection is finished: nothing happens.
    @discardableResult
    package mutating func respond(_ id: RequestID, _ response: HTTPResponse, now: UInt64) -> Bool {
        guard !isFinished, id.sequence >= firstSequence else { return false }
        let index = Int(id.sequence - firstSequence)
        guard index < slots.count, slots[index].response == nil else { return false }
        slots[index].response = response
        if index == 0 { emit() }
        if parser.phase == .idle { waitingSince = now }
        return true
    }

    /// Takes no further request: what is in flight is answered, the last answer says `Connection: close`, then the connection ends.
    /// A request that is half here may still come in.
    package mutating func drain() {
        isDraining = true
        if isDrained { (heldRequest, heldInput) = (nil, []) }
        emit()
    }

    /// Whether draining has left nothing to read.
    private var isDrained: Bool { isDraining && parser.phase == .idle }

    private mutating func emit() {
        guard !isFinished else { return }
        while output.count < limits.outputBytes, let slot = slots.first, let response = slot.response {
            let isLast = slots.count == 1 && (input == .ended || isDrained)
            let closes = !slot.keepAlive || response.closesConnection || isLast
            slots.removeFirst()
            firstSequence += 1
            let goingOn: ResponseEncoder.Connection = slot.isHTTP10 ? .keepAlive : .goesOn
            ResponseEncoder.append(response, isHead: slot.isHead, connection: closes ? .close : goingOn, to: &output)
            if closes { return finish() }
        }
        guard slots.isEmpty else { return }
        if input == .ended || isDrained { return finish() }
        if owesContinue {
            owesContinue = false
            output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
        }
    }

    private mutating func finish() {
        isFinished = true
        input = .ignored
        slots = []
        (heldRequest, heldInput) = (nil, [])
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
