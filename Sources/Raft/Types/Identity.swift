import Bytes

/// 128 random bits, made by a node and never by `apply`.
package struct RandomID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id that 32 hexadecimal digits spell, in either case; `nil` for anything else.
    package init?(hex: String) {
        guard let bytes = Hex.decode(hex), bytes.count == 16 else { return nil }
        let words = [bytes[..<8], bytes[8...]].map { $0.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
        self.init(high: words[0], low: words[1])
    }

    /// All bits zero: "none" on the wire and on disk.
    package static let none = RandomID(high: 0, low: 0)

    package static func < (left: RandomID, right: RandomID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// 32 lower-case hexadecimal digits.
    package var description: String { Hex.encode(high) + Hex.encode(low) }
}

/// One data directory's life: made when the directory is first opened, lost when it is wiped. Votes, acknowledgements
/// and ReadIndex confirmations are counted per instance, so that a disk that forgot its promises cannot vote again.
package typealias InstanceID = RandomID

/// Made by the first leader, in the first entry of the log: no message crosses from one cluster to another.
package typealias ClusterID = RandomID

/// Who speaks: every message between nodes carries it.
package struct Identity: Sendable, Equatable, CustomStringConvertible {
    /// The operator's name for the node: `--node-id`.
    package let nodeID: String
    package let instance: InstanceID

    package init(nodeID: String, instance: InstanceID) {
        self.nodeID = nodeID
        self.instance = instance
    }

    package var description: String { nodeID }
}
