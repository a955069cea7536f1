import Bytes

/// A `--config` file: one JSON object whose keys are names of flags.
///
/// A value is a string or a whole number, `true` or `false` for a switch; a list may be an array of strings.
enum ConfigurationFile {
    /// Reads the contents of a file.
    /// - Throws: the first thing that is wrong; exit 78.
    static func parse(_ bytes: [UInt8], path: String) throws(StartFailure) -> [FlagName: String] {
        let document: JSONValue
        do throws(JSONParser.Failure) {
            document = try JSONParser.parse(bytes)
        } catch {
            throw refusal(path, "is not JSON: \(error)")
        }
        guard let object = document.object else {
            throw refusal(path, "holds no JSON object: write {\"http-port\": 8080}, with the names of flags as keys")
        }
        var values: [FlagName: String] = [:]
        for member in object.members {
            guard let flag = FlagName(rawValue: member.key), flag != .config else {
                let name = Printable.text(member.key)
                throw refusal(
                    path, "has an unknown key \(name): raftd --help lists the flags, write their names without --")
            }
            values[flag] = try text(of: member.value, for: flag, path: path)
        }
        return values
    }

    private static func text(of value: JSONValue, for flag: FlagName, path: String) throws(StartFailure) -> String {
        switch value {
        case .string(let text): return text
        case .integer(let number) where !flag.isSwitch: return String(number)
        case .unsigned(let number) where !flag.isSwitch: return String(number)
        case .bool(let isOn) where flag.isSwitch: return isOn ? "true" : "false"
        case .array(let elements) where flag.isList:
            let texts = elements.compactMap(\.string)
            if texts.count == elements.count { return texts.joined(separator: ",") }
        default: break
        }
        let wanted =
            flag.isSwitch
            ? "true or false" : flag.isList ? "a string or an array of strings" : "a string or a whole number"
        throw refusal(path, "has a value under \(flag.rawValue) that does not fit: give \(wanted)")
    }

    static func refusal(_ path: String, _ reason: String) -> StartFailure {
        StartFailure("\(Printable.text(path)) \(reason)", status: .configuration)
    }
}
