import Bytes
import HTTP
import MCP
import Raft
import StateMachine

/// How the answers of `/mcp` look.
extension MCPEndpoint {
    /// - Parameters:
    ///   - id: of the request; `nil` for what is none, which has no result.
    ///   - revision: `nil` when it could not be told.
    static func response(to id: RPCID?, _ ending: Ending, _ revision: ProtocolRevision?) -> HTTPResponse {
        switch ending {
        case .reply(.result(let result)): .json(.ok, id.map { RPCText.response($0, result: result) } ?? result)
        case .reply(.error(let error)): response(to: id, error, revision)
        case .refused(let error, let status): .json(status, RPCText.failure(id, error), headers: retry(status))
        }
    }

    /// - Parameter revision: `nil` when it could not be told.
    static func response(to id: RPCID?, _ error: RPCError, _ revision: ProtocolRevision?) -> HTTPResponse {
        .json(HTTPStatus(UInt16(error.httpStatus(revision))), RPCText.failure(id, error))
    }

    /// The answer to `initialize`, once the session is there.
    static func opened(_ request: RPCRequest, _ handshake: Handshake, _ id: MCPSessionID) -> HTTPResponse {
        .json(
            .ok, RPCText.response(request.id, result: handshake.result),
            headers: [HTTPHeader(sessionHeader, id.description)])
    }

    /// The answer to a batch; nothing but that it came when it asked nothing.
    static func response(to batch: [[UInt8]]) -> HTTPResponse {
        batch.isEmpty ? HTTPResponse(.accepted) : .json(.ok, RPCText.batch(batch))
    }

    /// A refusal in the shape that clients of MCP read.
    static func response(to refused: Refused) -> HTTPResponse {
        guard let reason = refused.reason else { return refused.response }
        let error = RPCError(-32600, reason.message, data: ["code": .string(reason.code)])
        return .json(refused.response.status, RPCText.failure(nil, error), headers: refused.response.headers)
    }

    /// What `read` makes of a request whose id cannot be told.
    static func refusing<Value>(_ read: () throws(RPCError) -> Value) throws(Refused) -> Value {
        do throws(RPCError) {
            return try read()
        } catch {
            throw Refused(response(to: nil, error, nil))
        }
    }

    /// The same of a request that could not be read.
    static func response(to failure: HTTPParseError) -> HTTPResponse {
        var response = response(to: Refused(failure.status, failure.code, failure.message))
        response.closesConnection = true
        return response
    }

    private static func retry(_ status: HTTPStatus) -> [HTTPHeader] {
        status == .serviceUnavailable ? [HTTPHeader("Retry-After", "1")] : []
    }
}
