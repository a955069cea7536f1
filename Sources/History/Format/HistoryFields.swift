import Bytes

/// The members of a JSON object of a history. What is not known is refused, so that a slip of the pen never changes what a history says.
struct HistoryFields {
    struct Failure: Error {
        let reason: String
    }

    private let object: JSONObject
    /// What it is, for people.
    private let place: String

    /// - Throws: unless `value` is an object with no other members than `members`.
    init(_ value: JSONValue, _ place: String, members: [String]) throws(Failure) {
        guard let object = value.object else { throw Failure(reason: "\(place) is no object") }
        if let other = object.members.first(where: { !members.contains($0.key) }) {
            throw Failure(
                reason: "\(place) has a member `\(other.key)`; it may have \(members.joined(separator: ", "))")
        }
        self.object = object
        self.place = place
    }

    /// The only member of an object: its name, and what stands under it.
    static func only(_ value: JSONValue, _ place: String) throws(Failure) -> (name: String, value: JSONValue) {
        guard let members = value.object?.members, members.count == 1 else {
            throw Failure(reason: "\(place) is no object of one member")
        }
        return (members[0].key, members[0].value)
    }

    func has(_ name: String) -> Bool { object[name] != nil }

    func value(_ name: String) throws(Failure) -> JSONValue {
        guard let value = object[name] else { throw Failure(reason: "\(place) has no `\(name)`") }
        return value
    }

    func number(_ name: String) throws(Failure) -> UInt64 {
        guard let number = try value(name).uint64 else { throw wrong(name, "no whole number") }
        return number
    }

    func bool(_ name: String) throws(Failure) -> Bool {
        guard let bool = try value(name).bool else { throw wrong(name, "neither true nor false") }
        return bool
    }

    func array(_ name: String) throws(Failure) -> [JSONValue] {
        guard let array = try value(name).array else { throw wrong(name, "no array") }
        return array
    }

    func symbol(_ name: String, _ symbols: inout SymbolTable) throws(Failure) -> Symbol {
        guard let text = try value(name).string else { throw wrong(name, "no text") }
        return symbols.intern(text)
    }

    /// `nil` if it is left out or null.
    func optionalNumber(_ name: String) throws(Failure) -> UInt64? {
        isLeftOut(name) ? nil : try number(name)
    }

    /// `nil` if it is left out or null.
    func optionalSymbol(_ name: String, _ symbols: inout SymbolTable) throws(Failure) -> Symbol? {
        isLeftOut(name) ? nil : try symbol(name, &symbols)
    }

    private func isLeftOut(_ name: String) -> Bool { object[name]?.isNull ?? true }

    /// `false` if it is left out.
    func flag(_ name: String) throws(Failure) -> Bool { has(name) ? try bool(name) : false }

    func wrong(_ name: String, _ what: String) -> Failure { Failure(reason: "`\(name)` of \(place) is \(what)") }
}
