/// Whole answers, and what leaves when.
extension ServerConnection {
    /// Answers a request, once; the answer leaves when those before it have left.
    ///
    /// - Returns: false when the request was answered before or its connection is finished: nothing happens.
    @discardableResult
    package mutating func respond(_ id: RequestID, _ response: HTTPResponse, now: UInt64) -> Bool {
        guard let index = slotIndex(of: id), !slots[index].isBegun else { return false }
        slots[index].response = response
        if index == 0 { emit() }
        answered(now: now)
        return true
    }

    /// An idle client's time counts from its last answer.
    mutating func answered(now: UInt64) {
        if parser.phase == .idle { waitingSince = now }
    }

    /// The place of a request whose answer has not left.
    func slotIndex(of id: RequestID) -> Int? {
        guard !isFinished, id.sequence >= firstSequence else { return nil }
        let index = Int(id.sequence - firstSequence)
        return index < slots.count ? index : nil
    }

    /// Ends with the next answer, which says `Connection: close`. An idle connection stays open for a request that is on its way.
    package mutating func windDown() { isWindingDown = true }

    /// Takes no further request: what is in flight is answered, the last answer says `Connection: close`, then the connection ends.
    /// A request that is half here may still come in.
    package mutating func drain() {
        isDraining = true
        if isDrained { (heldRequest, heldInput) = (nil, []) }
        emit()
    }

    /// Whether the answer to the request at hand is the last one.
    private var isLastWanted: Bool {
        isDrained || isWindingDown && parser.phase == .idle && heldRequest == nil && heldInput.isEmpty
    }

    /// Whether draining has left nothing to read.
    var isDrained: Bool { isDraining && parser.phase == .idle }

    /// Writes out what may leave now, as long as the client takes it.
    mutating func emit() {
        guard !isFinished else { return }
        while output.count < limits.outputBytes, let slot = slots.first {
            if let response = slot.response {
                emit(response, of: slot)
            } else if !emitStream() {
                return
            }
            if isFinished { return }
        }
        guard slots.isEmpty else { return }
        if input == .ended || isDrained { return finish() }
        if owesContinue {
            owesContinue = false
            output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
        }
    }

    private mutating func emit(_ response: HTTPResponse, of slot: Slot) {
        let closes = closes(slot, response)
        removeFirstSlot()
        let connection = closes ? .close : slot.goesOn
        ResponseEncoder.append(response, isHead: slot.isHead, connection: connection, to: &output)
        if closes { finish() }
    }

    /// Whether the answer to the first request is the last one of the connection.
    func closes(_ slot: Slot, _ response: HTTPResponse) -> Bool {
        let isLast = slots.count == 1 && (input == .ended || isLastWanted)
        return !slot.keepAlive || response.closesConnection || isLast
    }

    mutating func removeFirstSlot() {
        slots.removeFirst()
        firstSequence += 1
    }

    mutating func finish() {
        isFinished = true
        input = .ignored
        slots = []
        (heldRequest, heldInput) = (nil, [])
    }
}
