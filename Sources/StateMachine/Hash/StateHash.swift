import Bytes

/// What tells two states apart: the sum, lane by lane, of the hashes of all their elements.
///
/// A sum does not depend on the order in which the elements came, and what goes is subtracted: so it is kept up to date at the cost of what
/// changes. Two states that differ have the same hash with a chance of 2⁻⁶⁴ or less, unless somebody has made them so: it finds
/// mistakes and damage, not forgery.
package struct StateHash: Sendable, Equatable, CustomStringConvertible {
    /// Of what is hashed, and how: ``StateMachine/View/hash``. Hashes of different versions say nothing about each other.
    package static let version: UInt32 = 3

    /// Of nothing.
    package static let zero = StateHash(high: 0, low: 0)

    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    package var description: String { Hex.encode(high) + Hex.encode(low) }

    static func + (left: StateHash, right: StateHash) -> StateHash {
        StateHash(high: left.high &+ right.high, low: left.low &+ right.low)
    }

    static func += (left: inout StateHash, right: StateHash) { left = left + right }

    static func -= (left: inout StateHash, right: StateHash) {
        left = StateHash(high: left.high &- right.high, low: left.low &- right.low)
    }
}

/// The hash of a node's own state at the entry that asked for it.
package struct NotedHash: Sendable, Equatable {
    package let index: UInt64
    package let hash: StateHash
}
