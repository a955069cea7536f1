package import Raft

/// A snapshot file, read and verified.
package struct LoadedSnapshot: Sendable {
    package let stateMachine: StateMachine
    package let size: UInt64
    /// Of all its bytes.
    package let checksum: UInt32

    /// Reads and verifies the file at `path`, a stretch at a time.
    /// - Throws: `RecoveryFailure.corruption` with the offset when the file is not what was written.
    /// - Complexity: O(bytes); memory for the state and a MiB.
    package static func read(
        _ path: String, from image: some DirectoryImage
    ) throws(RecoveryFailure) -> LoadedSnapshot {
        do {
            var decoder = SnapshotDecoder()
            var offset: UInt64 = 0
            while true {
                let bytes = try image.read(path, offset: offset, count: stretch)
                if bytes.isEmpty { break }
                try decoder.add(bytes[...])
                offset += UInt64(bytes.count)
            }
            let (stateMachine, size, checksum) = try decoder.finish()
            return LoadedSnapshot(stateMachine: stateMachine, size: size, checksum: checksum)
        } catch let failure as SnapshotFailure {
            throw .corruption(CorruptionError(path: path, offset: failure.offset, reason: failure.reason))
        } catch let failure as DiskReadFailure {
            throw .disk(failure)
        } catch {
            preconditionFailure("neither a decoder's failure nor a disk's: \(error)")
        }
    }

    /// How many bytes are read at once.
    private static let stretch = 1 << 20
}
