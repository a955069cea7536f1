import Reactor

/// Where a node is reached: a name or an IP address, and a port.
package struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// As it was written, without the brackets of an IPv6 address.
    package let host: String
    /// Never 0.
    package let port: UInt16

    /// `host:port`, `1.2.3.4:port` or `[v6]:port`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let number = Decimal.number(text[text.index(after: colon)...]), let port = UInt16(exactly: number),
            port > 0,
            let host = Host.parse(String(text[..<colon]))
        else { return nil }
        self.host = host
        self.port = port
    }

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The same place however it was written: names know no case, and an IPv6 address has many spellings.
    package var canonical: HostPort {
        if let address = SocketAddress(ip: host, port: port) { return HostPort(host: address.ip, port: port) }
        return HostPort(host: host.lowercased(), port: port)
    }
}

/// The host part of an address.
enum Host {
    /// The longest name that DNS knows.
    static let maximumSize = 253

    /// A name, an IPv4 address, or an IPv6 address in brackets, which are removed; nil for anything else.
    static func parse(_ text: String) -> String? {
        if text.hasPrefix("[") && text.hasSuffix("]") {
            let ip = String(text.dropFirst().dropLast())
            return ip.contains(":") && SocketAddress(ip: ip, port: 0) != nil ? ip : nil
        }
        return isName(text) ? text : nil
    }

    /// Letters, digits, `-` and `_` in parts between single dots. The underscore is no letter of DNS, but container
    /// networks give such names. A name of digits alone must be an IPv4 address, or it would be a misspelt one.
    private static func isName(_ text: String) -> Bool {
        guard 1...maximumSize ~= text.utf8.count else { return false }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ 1...63 ~= $0.count && $0.allSatisfy(isNameByte) }) else { return false }
        guard let last = parts.last, last.allSatisfy(isDigit) else { return true }
        return SocketAddress(ip: text, port: 0) != nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
