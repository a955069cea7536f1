/// Numbers as operators write them: digits and nothing else, where `UInt64` would take a sign as well.
enum Decimal {
    static func number(_ text: some StringProtocol) -> UInt64? {
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        return UInt64(text)
    }
}

/// Sizes as operators write them: `1048576`, `1024KiB`, `1MiB`.
enum ByteSize {
    private static let units: [(name: String, bytes: UInt64)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]

    /// The bytes that `text` stands for; nil for anything else, and for what 64 bits cannot hold.
    static func bytes(_ text: String) -> UInt64? {
        for unit in units where text.hasSuffix(unit.name) {
            guard let count = Decimal.number(text.dropLast(unit.name.count)) else { return nil }
            let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: unit.bytes)
            return isTooLarge ? nil : bytes
        }
        return Decimal.number(text)
    }

    /// In the largest unit that divides it.
    static func text(_ bytes: UInt64) -> String {
        guard bytes > 0, let unit = units.first(where: { bytes.isMultiple(of: $0.bytes) }) else { return String(bytes) }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
