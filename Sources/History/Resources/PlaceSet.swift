/// A set of small numbers.
struct PlaceSet: Hashable {
    private var words: [UInt64]

    /// None of those below `count`.
    init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

    func contains(_ place: Int) -> Bool { words[place / 64] >> UInt64(place % 64) & 1 == 1 }

    mutating func insert(_ place: Int) { words[place / 64] |= 1 << UInt64(place % 64) }
}
