import Glibc

/// What an `errno` means, for people.
enum SystemError {
    /// "no space left on device (ENOSPC)"
    static func text(_ code: Int32) -> String {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, buffer.count) == 0 else {
                return "unknown error"
            }
            return String(cString: base)
        }
        return "\(text.prefix(1).lowercased())\(text.dropFirst()) (\(names[code] ?? "errno \(code)"))"
    }

    /// The symbols of what disks and file systems say.
    private static let names: [Int32: String] = [
        EACCES: "EACCES", EBUSY: "EBUSY", EDQUOT: "EDQUOT", EEXIST: "EEXIST", EFBIG: "EFBIG", EINVAL: "EINVAL",
        EIO: "EIO", EISDIR: "EISDIR", ELOOP: "ELOOP", EMFILE: "EMFILE", ENAMETOOLONG: "ENAMETOOLONG",
        ENFILE: "ENFILE", ENOENT: "ENOENT", ENOMEM: "ENOMEM", ENOSPC: "ENOSPC", ENOTDIR: "ENOTDIR",
        ENOTEMPTY: "ENOTEMPTY", EPERM: "EPERM", EROFS: "EROFS", ESTALE: "ESTALE", EXDEV: "EXDEV",
    ]
}
