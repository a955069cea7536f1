/// What `--allowed-hosts` or `--allowed-origins` lets in, beyond what is allowed anyway.
package enum AllowList: Sendable, Equatable {
    case any
    /// In lower case.
    case only(Set<String>)

    /// Whether a host without its port, or an origin, is let in; case does not matter.
    package func contains(_ text: String) -> Bool {
        switch self {
        case .any: true
        case .only(let allowed): allowed.contains(text.lowercased())
        }
    }

    /// Whether the text is an origin as browsers send it (RFC 6454 section 6.2): a scheme and a host, a port if need be, and nothing behind.
    static func isOrigin(_ text: String) -> Bool {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first else { return false }
        let isLetter = { (byte: UInt8) in UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }
        guard isLetter(first), parts[0].utf8.allSatisfy({ isLetter($0) || "+-.0123456789".utf8.contains($0) }) else {
            return false
        }
        let authority = String(parts[1])
        return Host.parse(authority) != nil || HostPort(authority) != nil
    }
}
