import HTTP

/// Of `ServerConnection`: requests, refusals and the bytes that answer them do not depend on how the input arrives.
enum ServerConnectionPromises {
    private struct Trace: Equatable {
        var requests: [SeenRequest] = []
        var failure: HTTPParseError?
        var output: [UInt8] = []
        var isFinished = false
    }

    static func check(_ bytes: [UInt8]) throws {
        let whole = try trace([bytes[...]])
        for pieces in Pieces.ways(of: bytes) {
            try promiseEqual(whole, try trace(pieces), "it matters how the bytes arrive")
        }
    }

    /// Every request is answered at once, by a body as long as its own.
    private static func trace(_ pieces: [ArraySlice<UInt8>]) throws -> Trace {
        var limits = HTTPLimits()
        limits.pipelinedRequests = 3
        limits.bodyBytes = 64
        var connection = ServerConnection(limits: limits, now: 0)
        var trace = Trace()
        for piece in pieces {
            var events = connection.receive(piece.span, now: 0)
            while true {
                answer(events, on: &connection, &trace)
                trace.output += connection.takeOutput()
                guard connection.canResume else { break }
                events = connection.resume(now: 0)
            }
        }
        connection.receiveEnd()
        trace.output += connection.takeOutput()
        trace.isFinished = connection.isFinished
        try promise(connection.outstanding == 0, "\(connection.outstanding) answers have not left")
        return withoutInterim(trace)
    }

    private static func answer(
        _ events: [ServerConnection.Event], on connection: inout ServerConnection, _ trace: inout Trace
    ) {
        for event in events {
            switch event {
            case .request(let id, let request):
                trace.requests.append(SeenRequest(request))
                connection.respond(id, HTTPResponse(.ok, body: request.body), now: 0)
            case .rejected(let error): trace.failure = error
            }
        }
    }

    /// `100 Continue` is sent to who waits for it, not to who has sent his body already.
    private static func withoutInterim(_ trace: Trace) -> Trace {
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        var result = trace
        result.output = []
        var rest = trace.output[...]
        while let byte = rest.first {
            if rest.starts(with: interim) {
                rest = rest.dropFirst(interim.count)
            } else {
                result.output.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
