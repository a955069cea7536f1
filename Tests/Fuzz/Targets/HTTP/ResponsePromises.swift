import HTTP

/// Of `ClientConnection`: answers, whole or in parts, do not depend on how bytes arrive.
enum ResponsePromises {
    private struct Answer: Equatable {
        var status: UInt16 = 0
        var fields: [String] = []
        var body: [UInt8] = []
        var keepAlive = true
        var isComplete = false
    }

    private struct Trace: Equatable {
        var answers: [UInt64: Answer] = [:]
        var failure: HTTPParseError?
        var isOpen = false
    }

    /// The first bit of the first byte says who sends the first of three requests: GET and HEAD take turns.
    static func check(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let input = Array(bytes.dropFirst())
        for takesParts in [false, true] {
            let whole = try trace([input[...]], isHeadFirst: first & 1 == 1, takesParts)
            for pieces in Pieces.ways(of: input) {
                let other = try trace(pieces, isHeadFirst: first & 1 == 1, takesParts)
                try promiseEqual(whole, other, "it matters how the bytes arrive")
            }
        }
    }

    private static var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerSectionBytes = 200
        limits.headerCount = 6
        limits.bodyBytes = 64
        return limits
    }

    private static func trace(
        _ pieces: [ArraySlice<UInt8>], isHeadFirst: Bool, _ takesParts: Bool
    ) throws -> Trace {
        var connection = ClientConnection(authority: "a:1", limits: limits)
        for place in 0..<3 {
            let method: HTTPMethod = (place == 0) == isHeadFirst ? .head : .get
            connection.send(HTTPRequestMessage(method, "/"), takesParts: takesParts)
        }
        var trace = Trace()
        for piece in pieces where trace.failure == nil && connection.isOpen {
            let (events, failure) = connection.receive(piece.span)
            note(events, in: &trace)
            trace.failure = failure
        }
        trace.isOpen = connection.isOpen
        do throws(HTTPParseError) {
            if trace.failure == nil { note(try connection.receiveEnd(), in: &trace) }
        } catch {
            trace.failure = error
        }
        // Of an answer that is cut off, more or less may have been handed over.
        trace.answers = trace.answers.filter { $0.value.isComplete }
        for answer in trace.answers.values {
            try promise(
                takesParts || answer.body.count <= limits.bodyBytes, "a body of \(answer.body.count) bytes")
        }
        return trace
    }

    private static func note(_ events: [ClientConnection.Event], in trace: inout Trace) {
        for event in events {
            switch event {
            case .answer(let id, let message):
                trace.answers[id.sequence] = answer(message)
                trace.answers[id.sequence]?.isComplete = true
            case .head(let id, let message): trace.answers[id.sequence] = answer(message)
            case .body(let id, let bytes): trace.answers[id.sequence]?.body += bytes
            case .end(let id): trace.answers[id.sequence]?.isComplete = true
            }
        }
    }

    private static func answer(_ message: HTTPResponseMessage) -> Answer {
        Answer(
            status: message.status.code,
            fields: (0..<message.headers.count).map { "\(message.headers[$0].name): \(message.headers[$0].value)" },
            body: message.body, keepAlive: message.keepAlive)
    }
}
