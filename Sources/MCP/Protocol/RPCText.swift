package import Bytes

/// Messages as bytes.
package enum RPCText {
    /// What a client sent, as JSON.
    /// - Throws: that it is none.
    package static func document(_ text: [UInt8]) throws(RPCFailure) -> JSONValue {
        do {
            return try JSONParser.parse(text)
        } catch {
            throw RPCFailure(id: nil, .parseError("\(error)"))
        }
    }

    /// - Parameter result: a JSON object.
    package static func response(_ id: RPCID, result: [UInt8]) -> [UInt8] {
        var json = JSONWriter(reserving: result.count + 64)
        json.beginObject()
        json.key("jsonrpc")
        json.value("2.0")
        json.key("id")
        id.value.write(to: &json)
        json.key("result")
        json.value(json: result)
        json.endObject()
        return json.bytes
    }

    package static func answer(_ id: RPCID, _ reply: Reply) -> [UInt8] {
        switch reply {
        case .result(let result): response(id, result: result)
        case .error(let error): failure(id, error)
        }
    }

    /// - Parameter id: `nil` for a request whose id could not be told.
    package static func failure(_ id: RPCID?, _ error: RPCError) -> [UInt8] {
        var json = JSONWriter(reserving: error.message.utf8.count + 128)
        json.beginObject()
        json.key("jsonrpc")
        json.value("2.0")
        json.key("id")
        if let id { id.value.write(to: &json) } else { json.null() }
        json.key("error")
        json.beginObject()
        json.key("code")
        json.value(error.code)
        json.key("message")
        json.value(error.message)
        if let data = error.data {
            json.key("data")
            data.write(to: &json)
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    /// The answers to a batch.
    package static func batch(_ answers: [[UInt8]]) -> [UInt8] {
        Array("[".utf8) + answers.joined(separator: ",".utf8) + Array("]".utf8)
    }

    /// - Parameter params: a JSON object; `nil` leaves it out.
    package static func notification(_ method: String, params: [UInt8]? = nil) -> [UInt8] {
        var json = JSONWriter(reserving: 128 + (params?.count ?? 0))
        json.beginObject()
        json.key("jsonrpc")
        json.value("2.0")
        json.key("method")
        json.value(method)
        if let params {
            json.key("params")
            json.value(json: params)
        }
        json.endObject()
        return json.bytes
    }
}
