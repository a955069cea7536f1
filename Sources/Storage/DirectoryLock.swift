import Glibc
import Raft

/// `LOCK`: one process at a time in a data directory. The kernel holds the lock for the life of the descriptor and frees it when the
/// process ends, however it ends. The file holds the process id of the holder, for the message to the next one.
package final class DirectoryLock: Sendable {
    package enum Failure: Error, Sendable, Equatable {
        /// - Parameter holder: "process 4711"
        case held(holder: String)
        case disk(DiskFailure)
    }

    package static let name = "LOCK"

    private static let pollMicroseconds: UInt32 = 20_000

    private let file: OpenFile

    /// - Parameters:
    ///   - root: the directory itself, open.
    ///   - waitMilliseconds: how long another holder is waited for.
    package init(directory: String, root: OpenFile, waitMilliseconds: UInt64 = 0) throws(Failure) {
        let path = "\(directory)/\(Self.name)"
        var isHeld = false
        do throws(DiskFailure) {
            file = try OpenFile(Self.name, in: root, fullPath: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            isHeld = try Self.lock(file, path: path, waitMilliseconds: waitMilliseconds)
            if isHeld { try Self.write(processID: getpid(), to: file, path: path) }
        } catch {
            throw .disk(error)
        }
        guard isHeld else { throw .held(holder: Self.holder(path)) }
    }

    /// - Returns: false when another process held it all the time.
    private static func lock(_ file: OpenFile, path: String, waitMilliseconds: UInt64) throws(DiskFailure) -> Bool {
        for _ in 0..<waitMilliseconds * 1000 / UInt64(pollMicroseconds) {
            if try tryLock(file, path: path) { return true }
            usleep(pollMicroseconds)
        }
        return try tryLock(file, path: path)
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
            return UInt32(text.prefix { $0 != "\n" }).map { "process \($0)" } ?? "another process"
        } catch {
            return "another process"
        }
    }
}
