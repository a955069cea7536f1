import Raft
import Reactor

/// A setting's text as the type that it stands for, or a refusal. What was not said is nil.
extension Settings {
    func isOn(_ flag: FlagName) throws(StartFailure) -> Bool {
        guard let setting = self[flag] else { return false }
        switch setting.text {
        case "true", "1": return true
        case "false", "0": return false
        default: throw setting.refusal("is neither true nor false")
        }
    }

    /// A whole number of plain digits within `range`.
    func number(_ flag: FlagName, in range: ClosedRange<UInt64>) throws(StartFailure) -> UInt64? {
        guard let setting = self[flag] else { return nil }
        guard let number = Decimal.number(setting.text), range.contains(number) else {
            throw setting.refusal("is refused: give a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func port(_ flag: FlagName, lowest: UInt64) throws(StartFailure) -> UInt16? {
        guard let setting = self[flag] else { return nil }
        guard let number = Decimal.number(setting.text), let port = UInt16(exactly: number), number >= lowest else {
            throw setting.refusal("is not a port: give a number from \(lowest) to 65535")
        }
        return port
    }

    /// Bytes, or a number of KiB, MiB or GiB.
    func size(_ flag: FlagName, in range: ClosedRange<UInt64>) throws(StartFailure) -> UInt64? {
        guard let setting = self[flag] else { return nil }
        guard let size = ByteSize.bytes(setting.text) else {
            throw setting.refusal("is not a size: give bytes, or a number with KiB, MiB or GiB, such as 64MiB")
        }
        guard range.contains(size) else {
            let bounds = "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
            throw setting.refusal("is out of range: give \(bounds)")
        }
        return size
    }

    func address(_ flag: FlagName) throws(StartFailure) -> HostPort? {
        guard let setting = self[flag] else { return nil }
        guard let address = HostPort(setting.text) else {
            throw setting.refusal("is not an address: give host:port, such as node2:4000 or [::1]:4000")
        }
        return address
    }

    /// The numeric address to listen on; `localhost` is 127.0.0.1.
    func listenAddress(_ flag: FlagName, fallback: String, port: UInt16) throws(StartFailure) -> SocketAddress {
        let text = self[flag]?.text ?? fallback
        let ip =
            text.lowercased() == "localhost"
            ? "127.0.0.1" : text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        guard let address = SocketAddress(ip: ip, port: port) else {
            guard let setting = self[flag] else { preconditionFailure("the default \(fallback) is no IP address") }
            throw setting.refusal("is not an IP address: give one of this machine, 0.0.0.0 for all, or localhost")
        }
        return address
    }

    /// The elements of a list, blanks around them removed; an empty text is an empty list.
    func list(_ flag: FlagName) throws(StartFailure) -> [String] {
        guard let setting = self[flag], !setting.text.allSatisfy({ $0 == " " }) else { return [] }
        let elements = setting.text.split(separator: ",", omittingEmptySubsequences: false).map { element in
            String(element.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard elements.allSatisfy({ !$0.isEmpty }) else {
            throw setting.refusal("has an empty element: separate elements by single commas")
        }
        return elements
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ flag: FlagName) throws(StartFailure) -> Choice?
    where Choice.RawValue == String {
        guard let setting = self[flag] else { return nil }
        guard let choice = Choice(rawValue: setting.text) else {
            let choices = Choice.allCases.map(\.rawValue)
            throw setting.refusal(
                "is unknown: give \(choices.dropLast().joined(separator: ", ")) or \(choices.last ?? "")")
        }
        return choice
    }
}
