package import Glibc

/// A descriptor of ours, closed with its last reference. Never inherited by another program.
package final class OpenFile: Sendable {
    package let descriptor: Int32

    /// - Parameters:
    ///   - directory: what `path` is relative to; nil for the working directory.
    ///   - fullPath: what a failure calls it.
    package init(
        _ path: String, in directory: OpenFile? = nil, fullPath: String, flags: Int32, mode: mode_t = 0
    ) throws(DiskFailure) {
        while true {
            let opened = openat(directory?.descriptor ?? AT_FDCWD, path, flags | O_CLOEXEC, mode)
            if opened >= 0 {
                descriptor = opened
                return
            }
            guard errno == EINTR else { throw DiskFailure(operation: "open", path: fullPath, code: errno) }
        }
    }

    deinit {
        // discarded: what had to be durable was synced, and Linux frees the descriptor whatever close returns
        _ = close(descriptor)
    }

    /// The status of the open file itself, so that nobody can swap it in between.
    package func status(fullPath: String) throws(DiskFailure) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw DiskFailure(operation: "look at", path: fullPath, code: errno)
        }
        return status
    }
}
