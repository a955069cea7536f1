import Glibc

/// Reads files for commands that cannot do so themselves.
enum FileReader {
    private static let pieceSize = 1 << 20

    /// Why a file cannot be read.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        /// What the last system call that failed says.
        init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
    }

    /// Hands out the bytes of the file at `path`, a piece at a time.
    static func read(_ path: String, _ take: ([UInt8]) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("cannot be opened") }
        // Nothing was written: that it closes badly says nothing of what was read.
        defer { close(descriptor) }
        while true {
            let piece = try [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
                let size = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                guard size >= 0 else { throw Failure("cannot be read") }
                count = size
            }
            if piece.isEmpty { return }
            try take(piece)
        }
    }
}
