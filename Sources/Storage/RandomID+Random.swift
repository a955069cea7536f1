package import Raft

extension RandomID {
    /// 128 bits from the system.
    package static func random() -> RandomID {
        var system = SystemRandomNumberGenerator()
        // Never `.none`.
        return RandomID(high: system.next() | 1, low: system.next())
    }
}
