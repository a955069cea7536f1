import Glibc

/// The process's file descriptors.
package enum Descriptors {
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// Raises the soft limit to the hard one, as far as the kernel lets us.
    /// - Returns: the limit that holds now.
    package static func raiseLimit() -> Int {
        var limit = current()
        guard limit.rlim_cur < limit.rlim_max else { return count(limit.rlim_cur) }
        limit.rlim_cur = limit.rlim_max
        // Refused, for instance because the system-wide limit is lower: the present one is what we have, and answer.
        guard setrlimit(resource, &limit) == 0 else { return count(current().rlim_cur) }
        return count(limit.rlim_cur)
    }

    private static func current() -> rlimit {
        var limit = rlimit()
        let status = getrlimit(resource, &limit)
        precondition(status == 0, "getrlimit fails only for bad arguments, but: errno \(errno)")
        return limit
    }

    /// "Unlimited" is a number too large for `Int`.
    private static func count(_ limit: rlim_t) -> Int { Int(clamping: limit) }
}
