/// Undoes the chunked coding (RFC 9112, section 7.1) from input in any pieces.
struct ChunkedDecoder {
    private enum State {
        case size, chunkExtension, sizeLineFeed, data, dataReturn, dataLineFeed, trailers
    }

    private var state = State.size
    /// The size under way, then what is left of the chunk.
    private var remaining = 0
    private var digits = 0
    private var extensionBytes = 0
    private var trailers: SectionReader
    private let bodyLimit: Int
    private let extensionLimit: Int

    init(bodyLimit: Int, limits: HTTPLimits) {
        self.bodyLimit = bodyLimit
        extensionLimit = limits.chunkExtensionBytes
        trailers = SectionReader(.trailer, limits: limits)
    }

    /// Decodes `input` from `offset` on, which moves past what was taken, and appends content to `body`.
    ///
    /// - Returns: whether the body is complete.
    /// - Throws: 413 as soon as a chunk's size tells that the body outgrows its limit, 400 for every fault in the coding.
    mutating func decode(
        _ input: Span<UInt8>, from offset: inout Int, into body: inout [UInt8]
    ) throws(HTTPParseError) -> Bool {
        while offset < input.count {
            if state == .data {
                takeData(input, &offset, &body)
            } else if state == .trailers {
                guard try trailers.read(input, from: &offset) else { return false }
                // Nobody here uses trailers; they are checked so that no other parser can see more in them.
                _ = try HeaderFieldParser.parse(trailers.bytes, from: 0, count: trailers.lineCount)
                return true
            } else {
                try step(input[offset], bodyBytes: body.count)
                offset += 1
            }
        }
        return false
    }

    private mutating func takeData(_ input: Span<UInt8>, _ offset: inout Int, _ body: inout [UInt8]) {
        let count = min(remaining, input.count - offset)
        body.append(input, in: offset..<offset + count)
        offset += count
        remaining -= count
        if remaining == 0 { state = .dataReturn }
    }

    private mutating func step(_ byte: UInt8, bodyBytes: Int) throws(HTTPParseError) {
        switch state {
        case .size: try takeSizeByte(byte, bodyBytes: bodyBytes)
        case .chunkExtension:
            if byte == ASCII.carriageReturn { return state = .sizeLineFeed }
            extensionBytes += 1
            guard ASCII.isFieldContent(byte) else { throw .badRequest("a chunk extension holds a control character") }
            guard extensionBytes <= extensionLimit else {
                throw .badRequest("more than \(extensionLimit) bytes of chunk extensions")
            }
        case .sizeLineFeed:
            guard byte == ASCII.lineFeed else { throw .badRequest("a chunk size must end in CR LF") }
            state = remaining == 0 ? .trailers : .data
        case .dataReturn:
            guard byte == ASCII.carriageReturn else { throw .badRequest("a chunk is longer than its size") }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == ASCII.lineFeed else { throw .badRequest("a chunk must end in CR LF") }
            state = .size
            digits = 0
        case .data, .trailers: preconditionFailure("taken in bulk")
        }
    }

    private mutating func takeSizeByte(_ byte: UInt8, bodyBytes: Int) throws(HTTPParseError) {
        if let digit = ASCII.hexValue(byte) {
            digits += 1
            // 15 digits fit an Int; more are leading zeros at best.
            guard digits <= 15 else { throw .badRequest("a chunk size has more than 15 digits") }
            remaining = remaining << 4 | Int(digit)
            guard remaining <= bodyLimit - bodyBytes else {
                throw HTTPParseError(.contentTooLarge, "the body is larger than \(bodyLimit) bytes")
            }
            return
        }
        guard digits > 0 else { throw .badRequest("a chunk has no size") }
        switch byte {
        case ASCII.carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .chunkExtension
        default: throw .badRequest("a chunk size is not a hexadecimal number")
        }
    }
}
