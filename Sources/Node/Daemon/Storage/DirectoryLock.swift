import Glibc
import Raft

/// `LOCK`: one process at a time in a data directory. The kernel holds the lock for the life of the descriptor and frees it when the
/// process ends, however it ends. The file holds the process id of the holder, for the message to the next one.
final class DirectoryLock: Sendable {
    static let name = "LOCK"

    private static let pollMicroseconds: UInt32 = 20_000

    private let file: OpenFile

    /// - Parameter waitMilliseconds: how long another holder is waited for.
    /// - Throws: another process holds it, and which.
    init(directory: String, root: OpenFile, waitMilliseconds: UInt64) throws(StartFailure) {
        let path = "\(directory)/\(Self.name)"
        let file = try DiskFailure.atStart { () throws(DiskFailure) in
            try OpenFile(Self.name, in: root, fullPath: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        }
        self.file = file
        var triesLeft = waitMilliseconds * 1000 / UInt64(Self.pollMicroseconds)
        while try !DiskFailure.atStart({ () throws(DiskFailure) in try Self.tryLock(file, path: path) }) {
            guard triesLeft > 0 else {
                throw StartFailure(
                    "\(directory) is in use by \(Self.holder(path)): stop it, or let its clients share it over HTTP (--http-port)",
                    status: .failure)
            }
            triesLeft -= 1
            usleep(Self.pollMicroseconds)
        }
        try DiskFailure.atStart { () throws(DiskFailure) in
            try Self.write(processID: getpid(), to: file, path: path)
        }
    }

    /// - Returns: false when another descriptor holds the lock.
    private static func tryLock(_ file: OpenFile, path: String) throws(DiskFailure) -> Bool {
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw DiskFailure(operation: "lock", path: path, code: errno) }
        }
        return true
    }

    private static func write(processID: Int32, to file: OpenFile, path: String) throws(DiskFailure) {
        guard ftruncate(file.descriptor, 0) == 0 else {
            throw DiskFailure(operation: "truncate", path: path, code: errno)
        }
        var write = GatheredWrite(buffers: [Array("\(processID)\n".utf8)[...]], offset: 0)
        while !write.isDone {
            if case .failure(let error) = write.step(to: file.descriptor) {
                throw DiskFailure(operation: "write", path: path, code: error.code)
            }
        }
    }

    /// Who the file says holds it. If it cannot be read, that it is held is news enough.
    private static func holder(_ path: String) -> String {
        do throws(DiskReadFailure) {
            let text = String(decoding: try FileReader.contents(of: path, maximumSize: 32), as: UTF8.self)
            return Decimal.number(text.prefix { $0 != "\n" }).map { "process \($0)" } ?? "another process"
        } catch {
            return "another process"
        }
    }
}
