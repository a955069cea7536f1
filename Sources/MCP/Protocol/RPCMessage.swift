package import Bytes

/// A message of JSON-RPC 2.0, as MCP restricts it: ids are text or whole numbers, parameters are objects.
package enum RPCMessage: Sendable {
    case request(RPCRequest)
    case notification(method: String, params: JSONObject)
    /// An answer of the client's to something this server asked.
    case response

    /// - Throws: ``RPCError`` with the id of the message, if it has one that can be told.
    package init(_ value: JSONValue) throws(RPCFailure) {
        guard let object = value.object else {
            throw RPCFailure(id: nil, .invalidRequest("a message is a JSON object"))
        }
        let id = object["id"].flatMap(RPCID.init)
        guard object["jsonrpc"]?.string == "2.0" else {
            throw RPCFailure(id: id, .invalidRequest("`jsonrpc` must be \"2.0\""))
        }
        if object["method"] == nil, object["result"] != nil || object["error"] != nil {
            self = .response
            return
        }
        guard let method = object["method"]?.string else {
            throw RPCFailure(id: id, .invalidRequest("`method` must be text"))
        }
        let params = object["params"] ?? .object(JSONObject())
        guard object["id"] != nil else {
            self = .notification(method: method, params: params.object ?? JSONObject())
            return
        }
        guard let id else {
            throw RPCFailure(
                id: nil, .invalidRequest("`id` must be text of at most \(RPCID.maximumCount) bytes, or a whole number"))
        }
        guard let params = params.object else {
            throw RPCFailure(id: id, .invalidRequest("`params` must be an object"))
        }
        self = .request(RPCRequest(id: id, method: method, params: params))
    }
}

package struct RPCRequest: Sendable {
    package let id: RPCID
    package let method: String
    package let params: JSONObject

    package init(id: RPCID, method: String, params: JSONObject) {
        self.id = id
        self.method = method
        self.params = params
    }

    /// `params._meta`, which may be left out.
    package var meta: JSONObject { params["_meta"]?.object ?? JSONObject() }
}

/// What a client calls its request: answered as it was sent, `1` is not `"1"`.
package struct RPCID: Sendable, Equatable {
    package let value: JSONValue

    /// The longest text that is one, in bytes: it is sent back with whatever is answered.
    package static let maximumCount = 1024

    package init?(_ value: JSONValue) {
        switch value {
        case .string(let text) where text.utf8.count > RPCID.maximumCount: return nil
        case .string, .integer, .unsigned: self.value = value
        default: return nil
        }
    }
}

/// Why a request has no result (JSON-RPC 2.0, section 5.1; MCP's own codes below -32000).
package struct RPCError: Error, Sendable, Equatable {
    package let code: Int64
    package let message: String
    package let data: JSONValue?

    package init(_ code: Int64, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    package static func parseError(_ message: String) -> RPCError { RPCError(-32700, message) }
    package static func invalidRequest(_ message: String) -> RPCError { RPCError(-32600, message) }
    package static func methodNotFound(_ method: String) -> RPCError {
        RPCError(-32601, "the method `\(method.prefix(100))` does not exist here")
    }
    package static func invalidParams(_ message: String) -> RPCError { RPCError(-32602, message) }
    package static func headerMismatch(_ message: String) -> RPCError { RPCError(-32020, message) }

    /// The session has ended, or never began: the client has to begin anew.
    package static let noSuchSession = RPCError(
        -32600, "there is no such session, or no more: begin anew with initialize", data: ["code": "session_not_found"])

    /// The request was carried out, and its answer is more than the client takes.
    package static func answerTooLong(_ count: Int) -> RPCError {
        RPCError(
            -32603,
            "the answer has \(count) bytes, more than a client takes here as one: ask for less, or for it alone over Streamable HTTP",
            data: ["code": "answer_too_long"])
    }

    static let foreignCursor = invalidParams("`cursor` is none that this server gave")

    /// An answer that cannot follow from what was asked: a fault of this program.
    package static let unrelatedAnswer = RPCError(-32603, "the request was answered with something else")

    /// Nothing was done, for a reason that lies with the cluster: `data.code` says which.
    package static func unavailable(_ message: String, code: String) -> RPCError {
        RPCError(-32010, message, data: ["code": .string(code)])
    }

    package static func unsupportedVersion(_ requested: String) -> RPCError {
        let supported = ProtocolRevision.all(withHandshake: false).map { JSONValue.string($0.rawValue) }
        return RPCError(
            -32022, "unsupported protocol version",
            data: ["supported": .array(supported), "requested": .string(requested)])
    }

    /// A resource that is not there; handshake revisions had a code of its own for that.
    package static func resourceNotFound(_ uri: String, _ revision: ProtocolRevision) -> RPCError {
        RPCError(
            revision.hasHandshake ? -32002 : -32602, "resource not found",
            data: ["uri": .string(String(uri.prefix(4096)))])
    }

    /// The status of an answer that is this error and nothing else.
    /// - Parameter revision: `nil` when it could not be told.
    package func httpStatus(_ revision: ProtocolRevision?) -> Int {
        switch code {
        case _ where self == .noSuchSession: 404
        case -32700, -32600: 400
        case -32602, -32020, -32021, -32022: revision?.hasHandshake == true ? 200 : 400
        case -32601: revision?.hasHandshake == true ? 200 : 404
        default: 200
        }
    }
}

/// An error with the request that it answers.
package struct RPCFailure: Error, Sendable {
    /// `nil` when it could not be told: JSON-RPC answers `null` then.
    package let id: RPCID?
    package let error: RPCError

    package init(id: RPCID?, _ error: RPCError) {
        self.id = id
        self.error = error
    }
}
