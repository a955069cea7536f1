/// Answers that are written bit by bit.
extension ServerConnection {
    /// Answers a request with a stream: the head now, bytes by `write`, the end by `endStream`. The head leaves when the answers before it
    /// have left. In chunks (RFC 9112, section 7.1); for HTTP/1.0 the connection ends with the stream. The answer to HEAD is its head alone
    /// and ends at once.
    ///
    /// - Parameter head: an answer without a body, of a status that allows one.
    /// - Returns: false when the request was answered before or its connection is finished: nothing happens.
    @discardableResult
    package mutating func startStream(_ id: RequestID, _ head: HTTPResponse, now: UInt64) -> Bool {
        precondition(head.status.allowsBody && head.body.isEmpty, "a stream of status \(head.status.code)")
        guard let index = slotIndex(of: id), !slots[index].isBegun else { return false }
        let isHead = slots[index].isHead
        slots[index].mayStream = true
        slots[index].stream = OutgoingStream(head: head, hasEnded: isHead)
        if index == 0 { emit() }
        if isHead { answered(now: now) }
        return true
    }

    /// Writes to a stream. Bytes are taken at any time; beyond `isWritable` they pile up.
    ///
    /// - Returns: false when the stream has ended, or its connection: nothing happens.
    @discardableResult
    package mutating func write(_ id: RequestID, _ bytes: [UInt8]) -> Bool {
        guard let index = openStream(id) else { return false }
        let isChunk = !slots[index].isHTTP10
        if slots[index].stream?.hasBegun ?? false {
            output.appendPart(bytes, isChunk: isChunk)
        } else {
            slots[index].stream?.held.appendPart(bytes, isChunk: isChunk)
        }
        return true
    }

    /// Ends a stream; the connection goes on, unless it was to end with this answer.
    ///
    /// - Returns: false when the stream has ended, or its connection: nothing happens.
    @discardableResult
    package mutating func endStream(_ id: RequestID, now: UInt64) -> Bool {
        guard let index = openStream(id) else { return false }
        slots[index].stream?.hasEnded = true
        if index == 0 { emit() }
        answered(now: now)
        return true
    }

    /// Whether more may be written to the stream.
    package func isOpen(_ id: RequestID) -> Bool { openStream(id) != nil }

    /// Whether more should be written to the stream: its turn has come and the client takes what there is.
    package func isWritable(_ id: RequestID) -> Bool {
        guard let index = openStream(id) else { return false }
        return slots[index].stream?.hasBegun ?? false && output.count < limits.outputBytes
    }

    /// Writes out what there is of the first answer, which is a stream or not there yet.
    /// - Returns: whether all of it has left.
    mutating func emitStream() -> Bool {
        guard let slot = slots.first, let stream = slot.stream else { return false }
        let closes = closes(slot, stream.head) || slot.isHTTP10
        if !stream.hasBegun {
            slots[0].stream?.hasBegun = true
            ResponseEncoder.appendHead(
                stream.head, isChunked: !slot.isHTTP10, connection: closes ? .close : .goesOn, to: &output)
            output.append(contentsOf: stream.held)
            slots[0].stream?.held = []
        }
        guard stream.hasEnded else { return false }
        if !slot.isHTTP10, !slot.isHead { output.append(contentsOf: "0\r\n\r\n".utf8) }
        removeFirstSlot()
        if closes { finish() }
        return true
    }

    private func openStream(_ id: RequestID) -> Int? {
        guard let index = slotIndex(of: id), slots[index].stream?.hasEnded == false else { return nil }
        return index
    }
}

extension [UInt8] {
    /// Appends a part of a stream. An empty one leaves nothing: an empty chunk would end the stream.
    fileprivate mutating func appendPart(_ part: [UInt8], isChunk: Bool) {
        guard isChunk, !part.isEmpty else { return append(contentsOf: part) }
        append(contentsOf: String(part.count, radix: 16).utf8)
        append(contentsOf: "\r\n".utf8)
        append(contentsOf: part)
        append(contentsOf: "\r\n".utf8)
    }
}
