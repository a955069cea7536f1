import Bytes

/// Random JSON values, the same for the same seed (SplitMix64: Steele, Lea and Flood, 2014).
struct RandomJSON {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// Containers become rarer with `depth` and end at eight.
    mutating func value(depth: Int) -> JSONValue {
        switch next() % (depth < 8 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(next() & 1 == 0)
        case 2: return .integer(Int64(bitPattern: next() >> (next() % 64)))
        case 3: return JSONValue(next())
        case 4:
            let number = Double(bitPattern: next())
            return .number(number.isFinite ? number : 0.5)
        case 5: return .string(text())
        case 6: return .array((0..<next() % 4).map { _ in value(depth: depth + 1) })
        default:
            var object = JSONObject()
            for _ in 0..<next() % 5 { object[text()] = value(depth: depth + 1) }
            return .object(object)
        }
    }

    /// Up to eleven scalars of any plane, half of them ASCII.
    private mutating func text() -> String {
        var text = ""
        for _ in 0..<next() % 12 {
            let limit: UInt64 = next() & 1 == 0 ? 0x80 : 0x11_0000
            // A surrogate is no scalar; it becomes a letter.
            text.unicodeScalars.append(Unicode.Scalar(UInt32(next() % limit)) ?? "s")
        }
        return text
    }
}
