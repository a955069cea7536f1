import Bytes
package import StateMachine

/// Reads `{"compare":[…],"then":[…],"else":[…]}`. What is left out is empty; what is not known is refused, so that a slip of the pen
/// never changes what a transaction means.
package struct TransactionDocument {
    /// - Throws: 400 that names the place.
    package static func read(_ bytes: [UInt8]) throws(Refused) -> Transaction {
        let document: JSONValue
        do {
            document = try JSONParser.parse(bytes)
        } catch {
            throw .badRequest("invalid_json", "\(error)")
        }
        let root = try TransactionDocument(document, "the transaction", members: ["compare", "then", "else"])
        return Transaction(
            compare: try root.elements("compare") { (element) throws(Refused) in try element.comparison() },
            then: try root.elements("then") { (element) throws(Refused) in try element.operation() },
            otherwise: try root.elements("else") { (element) throws(Refused) in try element.operation() })
    }

    private let object: JSONObject
    /// Where it stands, for people: `then[3].put`.
    private let place: String

    /// - Throws: 400 unless `value` is an object with no other members than `members`.
    private init(_ value: JSONValue, _ place: String, members: [String]) throws(Refused) {
        guard let object = value.object else { throw .invalid("\(place) is no object") }
        if let other = object.members.first(where: { !members.contains($0.key) }) {
            throw .invalid("\(place) has a member `\(other.key)`; it may have \(members.joined(separator: ", "))")
        }
        self.object = object
        self.place = place
    }

    private func elements<Element>(
        _ name: String, _ read: (TransactionDocument) throws(Refused) -> Element
    ) throws(Refused) -> [Element] {
        guard let value = object[name] else { return [] }
        guard let array = value.array else { throw .invalid("`\(name)` is no array") }
        var elements: [Element] = []
        for (index, value) in array.enumerated() {
            let members =
                name == "compare" ? ["key", "value", "value_base64", "revision", "exists"] : ["put", "delete", "get"]
            elements.append(try read(TransactionDocument(value, "\(name)[\(index)]", members: members)))
        }
        return elements
    }

    private func comparison() throws(Refused) -> Comparison {
        guard object.members.count == 2 else {
            throw .invalid("\(place) has a key and one of value, value_base64, revision, exists")
        }
        let key = try key()
        if let value = object["revision"] {
            guard let revision = value.uint64 else { throw .invalid("\(place).revision is no revision") }
            return Comparison(key: key, .revision(revision))
        }
        if let value = object["exists"] {
            guard let exists = value.bool else { throw .invalid("\(place).exists is neither true nor false") }
            return Comparison(key: key, .exists(exists))
        }
        return Comparison(key: key, .value(try value()))
    }

    private func operation() throws(Refused) -> TransactionOperation {
        guard object.members.count == 1 else { throw .invalid("\(place) is one of put, delete, get") }
        if let put = object["put"] {
            let put = try TransactionDocument(put, "\(place).put", members: ["key", "value", "value_base64"])
            return .put(key: try put.key(), value: try put.value())
        }
        if let delete = object["delete"] {
            return .delete(key: try TransactionDocument(delete, "\(place).delete", members: ["key"]).key())
        }
        return .get(key: try TransactionDocument(object["get"] ?? .null, "\(place).get", members: ["key"]).key())
    }

    private func key() throws(Refused) -> [UInt8] {
        guard let key = object["key"]?.string.map({ Array($0.utf8) }) else { throw .invalid("\(place).key is no text") }
        do {
            try Key.validate(key)
        } catch {
            throw .badRequest("invalid_key", "\(place).key: \(error)")
        }
        return key
    }

    private func value() throws(Refused) -> [UInt8] {
        switch (object["value"], object["value_base64"]) {
        case (let text?, nil):
            guard let text = text.string else {
                throw .invalid("\(place).value is no text; other bytes go into value_base64")
            }
            return Array(text.utf8)
        case (nil, let encoded?):
            guard let text = encoded.string, let bytes = Base64.decode(text) else {
                throw .invalid("\(place).value_base64 is not base 64 with padding")
            }
            return bytes
        default: throw .invalid("\(place) has one of value and value_base64")
        }
    }
}

extension Refused {
    fileprivate static func invalid(_ message: String) -> Refused { .badRequest("invalid_txn", message) }
}
