import Glibc
import Raft

/// One list of operations under way.
struct DiskJobExecution {
    /// Zeros are written and synced in slices of so many bytes, so that a sync of the log beside waits for one of them at most.
    static let sliceSize: UInt64 = 1 << 20

    var files: FileCache
    private(set) var timings = DiskTimings()
    private(set) var hasFailedToSync = false
    /// How many operations are done.
    private(set) var completed = 0

    init(files: FileCache) {
        self.files = files
    }

    mutating func perform(_ operations: [DiskOperation]) throws(DiskFailure) {
        var rest = operations[...]
        while let operation = rest.popFirst() {
            switch operation {
            case .create(let path): try files.create(path)
            case .write(let path, let offset, let bytes):
                try write(
                    [bytes[...]] + takeContinuations(of: path, at: offset + UInt64(bytes.count), from: &rest), to: path,
                    at: offset)
            case .writeZeros(let path, let offset, let count): try writeZeros(to: path, at: offset, count: count)
            case .sync(let path): try sync(path)
            case .truncate(let path, let size): try truncate(path, to: size)
            case .link(let from, let to): try link(from, to: to)
            case .rename(let from, let to): try rename(from, to: to)
            case .remove(let path): try remove(path)
            case .syncDirectory(let path): try syncDirectory(path)
            }
            completed = operations.count - rest.count
        }
    }

    // MARK: - Writing

    /// The writes at the front of `rest` that go on where the last one ends, as many as one call takes.
    private func takeContinuations(
        of path: String, at offset: UInt64, from rest: inout ArraySlice<DiskOperation>
    ) -> [ArraySlice<UInt8>] {
        var offset = offset
        var buffers: [ArraySlice<UInt8>] = []
        while buffers.count < GatheredWrite.maximumBuffers - 1,
            case .write(path, offset, let bytes)? = rest.first
        {
            buffers.append(bytes[...])
            offset += UInt64(bytes.count)
            rest.removeFirst()
        }
        return buffers
    }

    private mutating func write(_ buffers: [ArraySlice<UInt8>], to path: String, at offset: UInt64) throws(DiskFailure)
    {
        let file = try files.file(at: path)
        var write = GatheredWrite(buffers: buffers, offset: offset)
        while !write.isDone {
            let offset = write.offset
            switch write.step(to: file.descriptor) {
            case .success(let count): timings.bytesWritten += UInt64(count)
            case .failure(let error):
                throw failure("write at offset \(offset) of", path, code: error.code)
            }
        }
    }

    private mutating func writeZeros(to path: String, at offset: UInt64, count: UInt64) throws(DiskFailure) {
        let zeros = [UInt8](repeating: 0, count: Int(min(count, Self.sliceSize)))
        var done: UInt64 = 0
        while done < count {
            let slice = zeros[..<Int(min(count - done, Self.sliceSize))]
            try write([slice], to: path, at: offset + done)
            done += UInt64(slice.count)
            // The last slice is synced by whoever needs it.
            if done < count { try sync(path) }
        }
    }

    private mutating func truncate(_ path: String, to size: UInt64) throws(DiskFailure) {
        let file = try files.file(at: path)
        while ftruncate(file.descriptor, off_t(clamping: size)) != 0 {
            guard errno == EINTR else { throw failure("truncate to \(size) bytes", path, code: errno) }
        }
    }

    // MARK: - Syncing

    private mutating func sync(_ path: String) throws(DiskFailure) {
        let file = try files.file(at: path)
        let start = Self.now()
        guard fdatasync(file.descriptor) == 0 else {
            let code = errno
            hasFailedToSync = true
            throw failure("sync", path, code: code)
        }
        timings.syncNanoseconds.append(Self.now() - start)
    }

    private mutating func syncDirectory(_ path: String) throws(DiskFailure) {
        let directory =
            path.isEmpty
            ? files.root
            : try OpenFile(
                path, in: files.root, fullPath: files.fullPath(path), flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard fsync(directory.descriptor) == 0 else {
            let code = errno
            hasFailedToSync = true
            throw failure("sync directory", path, code: code)
        }
    }

    private static func now() -> UInt64 {
        var time = timespec()
        let status = clock_gettime(CLOCK_MONOTONIC, &time)
        precondition(status == 0, "Linux always has a monotonic clock, but: errno \(errno)")
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    // MARK: - Names

    private func link(_ from: String, to: String) throws(DiskFailure) {
        let root = files.root.descriptor
        guard linkat(root, from, root, to, 0) == 0 else { throw failure("link to \(to):", from, code: errno) }
    }

    private mutating func rename(_ from: String, to: String) throws(DiskFailure) {
        files.forget(from)
        files.forget(to)
        let root = files.root.descriptor
        guard renameat(root, from, root, to) == 0 else { throw failure("rename to \(to):", from, code: errno) }
    }

    private mutating func remove(_ path: String) throws(DiskFailure) {
        files.forget(path)
        guard unlinkat(files.root.descriptor, path, 0) == 0 else { throw failure("remove", path, code: errno) }
    }

    private func failure(_ operation: String, _ path: String, code: Int32) -> DiskFailure {
        DiskFailure(operation: operation, path: files.fullPath(path), code: code)
    }
}
