/// The order of keys: byte by byte, a prefix before what it begins.
enum KeyOrder {
    /// Whether `left` sorts before `right`.
    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let shared = sharedPrefixCount(left, right)
        if shared == left.count { return shared < right.count }
        return shared < right.count && left[shared] < right[shared]
    }

    /// How many bytes both begin with.
    static func sharedPrefixCount(_ left: [UInt8], _ right: [UInt8]) -> Int {
        // Safe: both pointers live as long as the closures, and every load lies below the smaller count.
        unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { right in
                let limit = min(left.count, right.count)
                var offset = 0
                while offset &+ 8 <= limit {
                    let leftWord = unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    let rightWord = unsafe right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    // The first byte in memory is the least significant one of a little-endian word.
                    let difference = UInt64(littleEndian: leftWord ^ rightWord)
                    if difference != 0 { return offset &+ difference.trailingZeroBitCount / 8 }
                    offset &+= 8
                }
                while offset < limit, unsafe left[offset] == right[offset] { offset &+= 1 }
                return offset
            }
        }
    }

    /// The eight bytes of `key` from `offset` on as a number that sorts like them; zeros stand for those it has not.
    /// Keys that agree up to `offset` sort like their heads wherever these differ.
    /// - Precondition: `offset <= key.count`
    static func head(of key: [UInt8], from offset: Int) -> UInt64 {
        precondition(offset <= key.count, "no byte \(offset) in a key of \(key.count)")
        if offset &+ 8 <= key.count {
            // Safe: eight bytes follow the offset, and any bits are an integer.
            return unsafe key.withUnsafeBytes { raw in
                UInt64(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
        }
        var head: UInt64 = 0
        for index in offset..<offset + 8 { head = head << 8 | (index < key.count ? UInt64(key[index]) : 0) }
        return head
    }
}
