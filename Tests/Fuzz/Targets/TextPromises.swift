import Bytes
import HTTP
import StateMachine

/// Of the small decoders of text.
enum TextPromises {
    /// Percent-encoding, queries, keys, base 64, hexadecimal digits.
    static func checkTargets(_ bytes: [UInt8]) throws {
        let encoded = Array(RequestTarget.percentEncoded(bytes).utf8)
        try promise(RequestTarget.percentDecoded(encoded[...]) == bytes, "percent-encoding is not undone")
        if let decoded = RequestTarget.percentDecoded(bytes[...]) {
            try promise(decoded.count <= bytes.count, "decoding has made bytes")
            try promise(
                !bytes.contains(UInt8(ascii: "%")) || decoded.count < bytes.count, "a percent sign was not decoded")
        }
        try checkQuery(bytes)
        try promise(Base64.decode(Base64.encode(bytes)) == bytes, "base 64 is not undone")
        if let decoded = Base64.decode(bytes) {
            try promise(Array(Base64.encode(decoded).utf8) == bytes, "base 64 that is spelled in two ways")
        }
        try promise(Hex.decode(Hex.encode(bytes)) == bytes, "hexadecimal digits are not undone")
        do throws(Key.Failure) {
            try Key.validate(bytes)
        } catch {
            return try promise(!error.description.isEmpty, "a key is refused without a reason")
        }
        try promise(1...Key.maximumCount ~= bytes.count, "a key of \(bytes.count) bytes is valid")
    }

    /// What was read, spelled strictly, is read again.
    private static func checkQuery(_ bytes: [UInt8]) throws {
        guard let query = QueryParameters(bytes[...]) else { return }
        let spelled = query.parameters.map {
            RequestTarget.percentEncoded($0.name) + "=" + RequestTarget.percentEncoded($0.value)
        }
        let again = QueryParameters(Array(spelled.joined(separator: "&").utf8)[...])
        try promise(again?.parameters == query.parameters, "a query changes when it is spelled anew")
    }

    static func checkEventStream(_ bytes: [UInt8]) throws {
        var parser = EventStreamParser()
        let whole = parser.add(bytes)
        for pieces in Pieces.ways(of: bytes) {
            var parser = EventStreamParser()
            let events = pieces.flatMap { parser.add(Array($0)) }
            try promiseEqual(whole, events, "it matters how the bytes arrive")
        }
    }
}
