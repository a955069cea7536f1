import Raft
import StateMachine
import Storage

/// Reads a snapshot or a backup from a file, a piece at a time.
enum SnapshotReader {
    /// The state in a file anywhere, or on standard input for `-`.
    static func state(inFile path: String) throws(ToolFailure) -> StateMachine {
        if path == "-" { return try stateFromInput() }
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        return try state(in: name, of: FileDirectoryImage(directory: PrivateFolder.parent(of: path)))
    }

    /// The state in the file at `path` of `image`; every byte is verified.
    /// - Complexity: O(bytes); memory for the state and a MiB.
    static func state(in path: String, of image: FileDirectoryImage) throws(ToolFailure) -> StateMachine {
        do throws(RecoveryFailure) {
            return try LoadedSnapshot.read(path, from: image).stateMachine
        } catch .corruption(let error) {
            throw ToolFailure("\(path): \(SnapshotFailure(offset: error.offset, reason: error.reason))")
        } catch {
            throw ToolFailure("\(error)")
        }
    }

    private static func stateFromInput() throws(ToolFailure) -> StateMachine {
        var decoder = SnapshotDecoder()
        try StandardStreams.forEachPieceOfInput { bytes throws(ToolFailure) in
            try add(bytes, to: &decoder, "standard input")
        }
        return try finish(&decoder, "standard input")
    }

    /// - Throws: ``ToolFailure`` with what is wrong with the bytes, and where.
    static func add(_ bytes: [UInt8], to decoder: inout SnapshotDecoder, _ path: String) throws(ToolFailure) {
        do throws(SnapshotFailure) {
            try decoder.add(bytes[...])
        } catch {
            throw ToolFailure("\(path): \(error)")
        }
    }

    /// - Throws: ``ToolFailure`` when the end is missing.
    static func finish(_ decoder: inout SnapshotDecoder, _ path: String) throws(ToolFailure) -> StateMachine {
        do throws(SnapshotFailure) {
            return try decoder.finish().0
        } catch {
            throw ToolFailure("\(path): \(error)")
        }
    }
}
