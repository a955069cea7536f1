/// Why bytes are not a snapshot.
package struct SnapshotFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where, in bytes from the beginning: of the frame that is damaged, or the end of what is there.
    package let offset: UInt64
    package let reason: String

    package init(offset: UInt64, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "at byte \(offset): \(reason)" }
}
