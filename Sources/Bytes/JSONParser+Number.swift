/// Numbers (RFC 8259 section 6).
extension JSONParser {
    /// Reads a number, exactly if it is whole and fits 64 bits.
    mutating func parseNumber() throws(Failure) -> JSONValue {
        let start = position
        let isNegative = consume(UInt8(ascii: "-"))
        let magnitude = try parseWhole()
        var isWhole = true
        if consume(UInt8(ascii: ".")) {
            isWhole = false
            try skipDigits()
        }
        if consume(UInt8(ascii: "e")) || consume(UInt8(ascii: "E")) {
            isWhole = false
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
        if isWhole, let magnitude, let exact = integer(magnitude, isNegative: isNegative) { return exact }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // The grammar above is narrower than that of `Double`, which overflows to infinity.
        guard let number = Double(text), number.isFinite else {
            throw Failure(offset: start, reason: "a number is too large")
        }
        return .number(number)
    }

    /// The digits before the point: `0`, or digits that do not begin with it.
    /// - Returns: their value, or nil if it exceeds 64 bits.
    private mutating func parseWhole() throws(Failure) -> UInt64? {
        if consume(UInt8(ascii: "0")) {
            if digit != nil { throw failure("a number begins with a zero") }
            return 0
        }
        let start = position
        try skipDigits()
        var value: UInt64 = 0
        for byte in bytes[start..<position] {
            let (product, productOverflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflows) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if productOverflows || sumOverflows { return nil }
            value = sum
        }
        return value
    }

    private func integer(_ magnitude: UInt64, isNegative: Bool) -> JSONValue? {
        guard isNegative else { return JSONValue(magnitude) }
        if magnitude == Int64.min.magnitude { return .integer(.min) }
        return Int64(exactly: magnitude).map { .integer(-$0) }
    }

    /// Passes over one digit or more.
    private mutating func skipDigits() throws(Failure) {
        guard digit != nil else { throw failure("a digit should stand here") }
        while digit != nil { position += 1 }
    }

    /// The next byte if it is a digit.
    private var digit: UInt8? {
        guard let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        return byte
    }
}
