/// What the client sends.
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
                isSafe: request.method.isSafe, mayStream: mayStream?(request) ?? false))
        if !request.keepAlive { input = .ignored }
        return .request(id, request)
    }

    mutating func reject(_ error: HTTPParseError) -> Event {
        owesContinue = false
        input = .ignored
        slots.append(
            Slot(
                isHead: false, isHTTP10: false, keepAlive: false, isSafe: true, mayStream: false,
                response: refusal?(error, parser.partial) ?? error.response))
        return .rejected(error)
    }
}
