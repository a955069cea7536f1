import Glibc
import Raft
import Storage

/// The folder that becomes the data directory: it is there, and it is ours.
struct DataFolder {
    let path: String
    /// The folder itself: who renames it or puts a link in its place changes nothing for what goes through the descriptor.
    let root: OpenFile

    /// Makes the folder and those above it, as far as they are missing, and makes their names durable.
    /// - Throws: a link or a file in the folder's place, another user's folder, or what the disk refuses; exit 1.
    init(making path: String) throws(StartFailure) {
        self.path = path
        let parent = PrivateFolder.parent(of: path)
        // Whoever owns the folder above, or a link to it, can put another one in its place at any time.
        let owners = try DiskFailure.atStart { () throws(DiskFailure) in
            try PrivateFolder.makeAll(parent)
            return [
                try Self.status(parent, followsLinks: false).st_uid, try Self.status(parent, followsLinks: true).st_uid,
            ]
        }
        for owner in owners where owner != 0 { try Self.check(owner: owner, of: parent) }
        let kind = try DiskFailure.atStart { () throws(DiskFailure) in
            try PrivateFolder.make(path)
            return try Self.status(path, followsLinks: false).st_mode & S_IFMT
        }
        guard kind == S_IFDIR else {
            let what = kind == S_IFLNK ? "a symbolic link" : "no directory"
            throw StartFailure("\(path) is \(what): remove it, or choose another --session-db-path", status: .failure)
        }
        let root = try DiskFailure.atStart { () throws(DiskFailure) in
            try OpenFile(path, fullPath: path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        }
        self.root = root
        let owner = try DiskFailure.atStart { () throws(DiskFailure) in try root.status(fullPath: path).st_uid }
        try Self.check(owner: owner, of: path)
    }

    /// Takes away what other users may do here.
    /// - Returns: a warning if they could do anything.
    func tighten() throws(DiskFailure) -> [String] {
        let mode = try root.status(fullPath: path).st_mode & 0o7777
        guard mode & 0o077 != 0 else { return [] }
        guard fchmod(root.descriptor, PrivateFolder.mode) == 0 else {
            throw DiskFailure(operation: "change the mode of", path: path, code: errno)
        }
        return ["\(path) was open to other users (mode \(String(mode, radix: 8))) and no longer is (700)"]
    }

    /// The folders of the log and of the snapshots.
    func makeFolders() throws(DiskFailure) {
        for name in [SegmentedLog.directory, SnapshotFile.directory] { try PrivateFolder.make("\(path)/\(name)") }
    }

    // MARK: - Looking

    private static func status(_ path: String, followsLinks: Bool) throws(DiskFailure) -> stat {
        var status = stat()
        guard fstatat(AT_FDCWD, path, &status, followsLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw DiskFailure(operation: "look at", path: path, code: errno)
        }
        return status
    }

    private static func check(owner: uid_t, of path: String) throws(StartFailure) {
        let user = geteuid()
        guard owner != user else { return }
        throw StartFailure(
            "\(path) belongs to user \(owner), and raftd runs as \(user): run it as that user, or choose another --session-db-path",
            status: .failure)
    }
}
