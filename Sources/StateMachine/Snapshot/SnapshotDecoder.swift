/// Reads what ``SnapshotEncoder`` writes, in pieces of any size.
package struct SnapshotDecoder {
    package init() {}

    package mutating func add(_ bytes: ArraySlice<UInt8>) throws(SnapshotFailure) {
    }

    package mutating func finish() throws(SnapshotFailure) -> (StateMachine, size: UInt64, checksum: UInt32) {
        throw SnapshotFailure(offset: 0, reason: "unread")
    }
}
