import Raft
import StateMachine
import Storage

/// Reads a snapshot or a backup from a file, a piece at a time.
enum SnapshotReader {
    private static let pieceSize = 1 << 20

    /// The state in a file anywhere, or on standard input for `-`.
    static func state(inFile path: String) throws(ToolFailure) -> StateMachine {
        if path == "-" { return try stateFromInput() }
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        return try state(in: name, of: FileDirectoryImage(directory: parent))
    }

    /// The state in the file at `path` of `image`; every byte is verified.
    /// - Complexity: O(bytes); memory for the state and a piece.
    static func state(in path: String, of image: FileDirectoryImage) throws(ToolFailure) -> StateMachine {
        var decoder = SnapshotDecoder()
        var offset: UInt64 = 0
        while true {
            let bytes = try read(path, offset, image)
            if bytes.isEmpty { return try finish(&decoder, path) }
            try add(bytes, to: &decoder, path)
            offset += UInt64(bytes.count)
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

    private static func read(
        _ path: String, _ offset: UInt64, _ image: FileDirectoryImage
    ) throws(ToolFailure) -> [UInt8] {
        do throws(DiskReadFailure) {
            return try image.read(path, offset: offset, count: pieceSize)
        } catch {
            throw ToolFailure("\(error)")
        }
    }
}
