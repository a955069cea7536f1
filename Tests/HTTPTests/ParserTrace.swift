import HTTP
import Testing

/// What a request parser makes of some bytes, as text that compares.
func requestTrace(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()) -> [String] {
    var parser = RequestParser(limits: limits)
    var trace: [String] = []
    for piece in pieces {
        var offset = 0
        do throws(HTTPParseError) {
            while let event = try parser.next(piece.span, from: &offset) {
                switch event {
                case .needContinue: trace.append("continue")
                case .request(let request): trace.append(describe(request))
                }
            }
        } catch {
            return trace + ["error \(error)"]
        }
        precondition(offset == piece.count, "input was left over")
    }
    return trace + ["phase \(parser.phase)"]
}

/// The same for answers; `end` tells the parser that the connection ended.
func responseTrace(_ pieces: [[UInt8]], isHead: Bool = false, end: Bool = false) -> [String] {
    var parser = ResponseParser()
    var trace: [String] = []
    do throws(HTTPParseError) {
        for piece in pieces {
            var offset = 0
            while let response = try parser.next(piece.span, from: &offset, isHead: isHead) {
                trace.append(describe(response))
            }
        }
        if end, let response = try parser.end() { trace.append(describe(response)) }
    } catch {
        trace.append("error \(error)")
    }
    return trace
}

func describe(_ request: HTTPRequest) -> String {
    let query = request.query.map { "?" + text($0) } ?? ""
    let fields = (0..<request.headers.count).map { "\(request.headers[$0].name)=\(request.headers[$0].value)" }
    return "\(request.methodText) \(text(request.path))\(query) \(request.version) \(fields.joined(separator: "|"))"
        + " [\(text(request.body[...]))] \(request.keepAlive ? "alive" : "last")"
}

func describe(_ response: HTTPResponseMessage) -> String {
    "\(response.status.code) [\(text(response.body[...]))] \(response.keepAlive ? "alive" : "last")"
}

func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// Every way to cut `bytes` in two, byte by byte, and whole.
func cuts(of bytes: [UInt8]) -> [[[UInt8]]] {
    (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] } + [bytes.map { [$0] }]
}

/// As `#expect`, for a condition that calls something mutating, which the macro cannot take apart.
func expect(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: sourceLocation)
}

/// SplitMix64, so that a failure can be run again by its seed.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
