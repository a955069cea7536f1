import Bytes
import Documents
import HTTP
import Replica

/// What every read takes.
extension QueryParameters {
    /// `consistency`.
    /// - Throws: 400 for a word that is none.
    func consistency() throws(Refused) -> Consistency {
        guard let value = first("consistency") else { return .linearizable }
        switch String(decoding: value, as: UTF8.self) {
        case "linearizable": return .linearizable
        case "stale": return .stale
        case let other: throw .badRequest("invalid_query", "consistency is `linearizable` or `stale`, not `\(other)`")
        }
    }

    /// `limit`: how many items a page may have.
    /// - Throws: 400 for what is not 1 to 1000.
    func limit() throws(Refused) -> Int {
        guard let value = first("limit") else { return PageLimit.standard }
        guard let limit = Decimal.number(String(decoding: value, as: UTF8.self)),
            PageLimit.range.contains(Int(clamping: limit))
        else { throw .badRequest("invalid_query", "limit is a number from 1 to \(PageLimit.range.upperBound)") }
        return Int(limit)
    }

    /// A number; `nil` when there is none of that name.
    func number(_ name: String) throws(Refused) -> UInt64? {
        guard let value = first(name) else { return nil }
        guard let number = Decimal.number(String(decoding: value, as: UTF8.self)) else {
            throw .badRequest("invalid_query", "\(name) is a whole number")
        }
        return number
    }
}

extension HTTPRequest {
    /// The body as an object of these members.
    /// - Throws: 415 or 400.
    func arguments(allowed: [String]) throws(Refused) -> Arguments {
        let object = try jsonObject()
        return try Refused.unlessRead("invalid_body") { () throws(ArgumentFailure) in
            try Arguments(object, allowed: allowed)
        }
    }

    /// The body as an object.
    /// - Throws: 415 or 400.
    func jsonObject() throws(Refused) -> JSONObject {
        try requireJSON()
        let document: JSONValue
        do {
            document = try JSONParser.parse(body)
        } catch {
            throw .badRequest("invalid_json", "\(error)")
        }
        guard let object = document.object else { throw .badRequest("invalid_body", "the body is no JSON object") }
        return object
    }
}

extension Refused {
    /// What `read` makes of a request.
    /// - Throws: 400 with `code` when it cannot.
    static func unlessRead<Value>(
        _ code: String, _ read: () throws(ArgumentFailure) -> Value
    ) throws(Refused) -> Value {
        do throws(ArgumentFailure) {
            return try read()
        } catch {
            throw .badRequest(code, "\(error)")
        }
    }
}
