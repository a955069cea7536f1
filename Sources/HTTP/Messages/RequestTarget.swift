/// The four forms of a target (RFC 9112, section 3.2) and what its parts mean (RFC 3986).
package enum RequestTarget {
    /// Splits a target of visible ASCII.
    ///
    /// - Throws: 501 for CONNECT, since this is no proxy; 400 for a target of no form.
    static func split(
        _ bytes: [UInt8], _ target: Range<Int>, method: HTTPMethod
    ) throws(HTTPParseError) -> (path: Range<Int>, query: Range<Int>?, authority: Range<Int>?) {
        guard method != .connect else { throw HTTPParseError(.notImplemented, "CONNECT is for proxies") }
        if bytes[target.lowerBound] == UInt8(ascii: "/") {
            let (path, query) = try splitQuery(bytes, target)
            return (path, query, nil)
        }
        if method == .options, bytes.equals("*", in: target) { return (target, nil, nil) }
        return try splitAbsolute(bytes, target)
    }

    private static func splitAbsolute(
        _ bytes: [UInt8], _ target: Range<Int>
    ) throws(HTTPParseError) -> (path: Range<Int>, query: Range<Int>?, authority: Range<Int>?) {
        let start = target.lowerBound + 7
        guard target.count > 7, bytes.equalsIgnoringCase("http://", in: target.lowerBound..<start) else {
            throw .badRequest("the request target is neither a path nor an http URI")
        }
        let rest = bytes[start..<target.upperBound]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? target.upperBound
        guard end > start, bytes[start..<end].allSatisfy(RequestHead.isAuthority) else {
            throw .badRequest("the request target has no valid host")
        }
        let (path, query) = try splitQuery(bytes, end..<target.upperBound)
        // An empty path means "/"; the last slash of "http://" stands for it.
        return (path.isEmpty ? start - 1..<start : path, query, start..<end)
    }

    private static func splitQuery(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(HTTPParseError) -> (path: Range<Int>, query: Range<Int>?) {
        guard !bytes[range].contains(UInt8(ascii: "#")) else {
            throw .badRequest("a fragment stands in the request target")
        }
        guard let mark = bytes[range].firstIndex(of: UInt8(ascii: "?")) else { return (range, nil) }
        return (range.lowerBound..<mark, mark + 1..<range.upperBound)
    }

    /// Undoes percent-encoding, once.
    ///
    /// - Returns: nil when a percent sign is not followed by two hexadecimal digits.
    package static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? { decoded(bytes, plusIsSpace: false) }

    static func decoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard bytes.endIndex - index > 2, let high = ASCII.hexValue(bytes[index + 1]),
                    let low = ASCII.hexValue(bytes[index + 2])
                else { return nil }
                result.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+") where plusIsSpace:
                result.append(ASCII.space)
                index += 1
            case let byte:
                result.append(byte)
                index += 1
            }
        }
        return result
    }

    /// Encodes everything outside RFC 3986's unreserved set: safe as one path segment or one query value.
    package static func percentEncoded(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            if isUnreserved(byte) {
                result.append(byte)
            } else {
                result.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
