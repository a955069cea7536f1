/// Several things in one input.
enum Container {
    /// Byte strings, each behind its length in two bytes, the lower one first; one that reaches beyond the end is what is left.
    static func payloads(in bytes: [UInt8]) -> [[UInt8]] {
        var rest = bytes[...]
        var payloads: [[UInt8]] = []
        while rest.count >= 2 {
            let count = Int(rest.removeFirst()) | Int(rest.removeFirst()) << 8
            payloads.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return payloads
    }

    static func pack(_ payloads: [[UInt8]]) -> [UInt8] {
        payloads.flatMap { [UInt8($0.count & 0xFF), UInt8($0.count >> 8)] + $0 }
    }

    struct File {
        let path: String
        let bytes: [UInt8]
    }

    /// Files: the length of a path in a byte, the path, the size in two bytes, what is in the file. A path that no directory of raftd
    /// can have, or that was there before, is left out.
    static func files(in bytes: [UInt8]) -> [File] {
        var rest = bytes[...]
        var files: [File] = []
        while let length = rest.popFirst() {
            let path = String(decoding: rest.prefix(Int(length)), as: UTF8.self)
            rest = rest.dropFirst(Int(length))
            let low = Int(rest.popFirst() ?? 0)
            let size = low | Int(rest.popFirst() ?? 0) << 8
            let file = File(path: path, bytes: Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
            if isPossible(path), !files.contains(where: { $0.path == path }) { files.append(file) }
        }
        return files
    }

    /// - Precondition: paths of less than 256 bytes, files of less than 64 KiB.
    static func pack(_ files: [File]) -> [UInt8] {
        files.flatMap { file in
            [UInt8(file.path.utf8.count)] + file.path.utf8
                + [UInt8(file.bytes.count & 0xFF), UInt8(file.bytes.count >> 8)] + file.bytes
        }
    }

    /// A name, at the top or in one of the two folders.
    private static func isPossible(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isVisible = path.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isVisible, let name = parts.last, !["", ".", ".."].contains(name) else { return false }
        let folders = ["raft_log", "data"]
        return parts.count == 1 ? !folders.contains(path) : parts.count == 2 && folders.contains(String(parts[0]))
    }
}
