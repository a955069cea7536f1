/// One step on the disk, as data: the log and `raft_meta` say *what*, the node performs it, the simulator tears it.
/// Paths are relative to the data directory (`raft_log/00000001.segment`).
package enum DiskOperation: Sendable, Equatable {
    /// Makes a file (it must not exist) of mode 0600. Its name is durable only after `syncDirectory`.
    case create(path: String)
    /// Writes all of `bytes` at `offset`.
    case write(path: String, offset: UInt64, bytes: [UInt8])
    /// Writes `count` zero bytes at `offset`, in slices.
    case writeZeros(path: String, offset: UInt64, count: UInt64)
    /// fdatasync.
    case sync(path: String)
    case truncate(path: String, size: UInt64)
    /// Gives a file a second name, which must be free; durable only after `syncDirectory`.
    case link(from: String, to: String)
    /// Atomic; durable only after `syncDirectory`.
    case rename(from: String, to: String)
    case remove(path: String)
    /// fsync of a directory; "" is the data directory itself.
    case syncDirectory(path: String)
}

/// A data directory as recovery reads it. The node reads files, tests read memory.
package protocol DirectoryImage {
    /// The names in `directory` ("" is the data directory itself), sorted; empty when it does not exist.
    func names(in directory: String) throws(DiskReadFailure) -> [String]
    /// The size of a file in bytes, or `nil` when there is none.
    func size(of path: String) throws(DiskReadFailure) -> UInt64?
    /// Exactly `count` bytes at `offset`; fewer only at the end of the file.
    func read(_ path: String, offset: UInt64, count: Int) throws(DiskReadFailure) -> [UInt8]
}

/// The disk would not give what was asked for: an I/O error, not damage of the contents.
package struct DiskReadFailure: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}

/// Damage that no crash explains: the node must not start (exit 65).
package struct CorruptionError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let offset: UInt64
    package let reason: String

    package init(path: String, offset: UInt64, reason: String) {
        self.path = path
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "\(path) is corrupt at offset \(offset): \(reason)" }
}
