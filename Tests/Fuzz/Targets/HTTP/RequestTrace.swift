import HTTP

/// A request as far as bytes on the wire tell it.
struct SeenRequest: Equatable {
    var method: [UInt8] = []
    /// Path and query, as sent.
    var target: [UInt8] = []
    var isHTTP11 = true
    var fields: [Field] = []
    var body: [UInt8] = []
    var keepAlive = true

    struct Field: Equatable {
        let name: String
        let value: String
    }

    init() {}

    init(_ request: HTTPRequest) {
        method = Array(request.methodText.utf8)
        target = Array(request.path)
        if let query = request.query { target += [UInt8(ascii: "?")] + query }
        isHTTP11 = request.version == .http11
        fields = (0..<request.headers.count).map {
            Field(name: request.headers[$0].name, value: request.headers[$0].value)
        }
        body = request.body
        keepAlive = request.keepAlive
    }
}

/// What a request parser makes of bytes.
struct RequestTrace: Equatable {
    enum Event: Equatable {
        case needContinue
        case request(SeenRequest)
    }

    private(set) var events: [Event] = []
    private(set) var failure: HTTPParseError?
    private(set) var isIdle = true

    /// - Throws: ``BrokenPromise`` when the parser takes more than its limits allow, or leaves input over.
    init(_ pieces: [ArraySlice<UInt8>], limits: HTTPLimits) throws {
        var parser = RequestParser(limits: limits)
        // What came since the last request ended: all of it may be held.
        var held = 0
        for piece in pieces {
            var offset = 0
            do throws(HTTPParseError) {
                while true {
                    let start = offset
                    let event = try parser.next(piece.span, from: &offset)
                    held += offset - start
                    guard let event else { break }
                    if note(event) { held = 0 }
                }
            } catch {
                failure = error
                return
            }
            try promise(offset == piece.count, "\(piece.count - offset) bytes were left over without an event")
            try RequestTrace.checkBound(held, parser.phase, limits)
        }
        isIdle = parser.phase == .idle
    }

    var requests: [SeenRequest] {
        events.compactMap { if case .request(let request) = $0 { request } else { nil } }
    }

    /// - Returns: whether a request is complete.
    private mutating func note(_ event: RequestParser.Event) -> Bool {
        switch event {
        case .needContinue:
            events.append(.needContinue)
            return false
        case .request(let request):
            events.append(.request(SeenRequest(request)))
            return true
        }
    }

    /// Whoever is not refused yet has sent no more than the limits allow: every line end, and what the coding of chunks adds, counted.
    private static func checkBound(_ held: Int, _ phase: RequestParser.Phase, _ limits: HTTPLimits) throws {
        let head = limits.startLineBytes + limits.headerSectionBytes + 6
        // A chunk of one byte takes six.
        let body = 6 * limits.bodyBytes + limits.chunkExtensionBytes + limits.trailerSectionBytes + 32
        switch phase {
        case .idle: try promise(held == 0, "\(held) bytes are held between requests")
        case .head: try promise(held <= head, "\(held) bytes of a head are held")
        // Leading zeros of sizes.
        case .body: try promise(held <= head + body + 14 * limits.bodyBytes, "\(held) bytes of a request are held")
        }
    }
}
