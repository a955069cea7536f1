import CLibUV
import Glibc

/// A numeric IP address, version 4 or 6, and a port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The bits of the address in the host's byte order.
    private enum Host: Hashable {
        case v4(UInt32)
        case v6(high: UInt64, low: UInt64)
    }

    private let host: Host
    package let port: UInt16

    /// - Parameter ip: numeric, such as "127.0.0.1" or "::1", without brackets or a scope. Nil for anything else.
    package init?(ip: String, port: UInt16) {
        // C would stop reading at a zero byte and take the rest for granted.
        guard !ip.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "%") }) else { return nil }
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if uv_ip4_addr(ip, Int32(port), &v4) == 0 {
            self.init(v4)
        } else if uv_ip6_addr(ip, Int32(port), &v6) == 0 {
            self.init(v6)
        } else {
            return nil
        }
    }

    /// The address in the kernel's form; nil for a family other than IP.
    init?(_ raw: UnsafePointer<sockaddr>) {
        switch Int32(raw.pointee.sa_family) {
        case AF_INET: self.init(UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: self.init(UnsafeRawPointer(raw).loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }

    /// The address that `fill`, one of `getsockname`, `getpeername` and `accept`, writes; nil when it fails.
    init?(filledBy fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let address = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                fill(raw, &length) < 0 ? nil : SocketAddress(raw)
            }
        }
        guard let address else { return nil }
        self = address
    }

    private init(_ raw: sockaddr_in) {
        host = .v4(UInt32(bigEndian: raw.sin_addr.s_addr))
        port = UInt16(bigEndian: raw.sin_port)
    }

    private init(_ raw: sockaddr_in6) {
        (host, port) = withUnsafeBytes(of: raw.sin6_addr) { bytes in
            let high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
            let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return (.v6(high: high, low: low), UInt16(bigEndian: raw.sin6_port))
        }
    }

    private init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The same host at another port.
    package func with(port: UInt16) -> SocketAddress {
        SocketAddress(host: host, port: port)
    }

    package var isIPv6: Bool {
        if case .v6 = host { true } else { false }
    }

    /// The address alone in its shortest form, such as "127.0.0.1" or "::1".
    package var ip: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            let status = withSockaddr { raw, _ in uv_ip_name(raw, text.baseAddress, text.count) }
            guard status == 0, let start = text.baseAddress else {
                preconditionFailure("an IP address that has no text: \(status)")
            }
            return String(cString: start)
        }
    }

    /// "127.0.0.1:80" or "[::1]:80".
    package var description: String {
        isIPv6 ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }

    var family: Int32 { isIPv6 ? AF_INET6 : AF_INET }

    /// Calls `body` with the address in the kernel's form, valid during the call.
    func withSockaddr<Answer>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer) -> Answer {
        switch host {
        case .v4(let bits):
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_port = port.bigEndian
            raw.sin_addr.s_addr = bits.bigEndian
            return Self.rebind(raw, body)
        case .v6(let high, let low):
            var raw = sockaddr_in6()
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &raw.sin6_addr) { bytes in
                bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return Self.rebind(raw, body)
        }
    }

    private static func rebind<Raw, Answer>(_ raw: Raw, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer)
        -> Answer
    {
        withUnsafePointer(to: raw) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                body(address, socklen_t(MemoryLayout<Raw>.size))
            }
        }
    }
}
