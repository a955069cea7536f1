import ArgumentParser
import Bytes
import HTTP

/// A refusal of a node: `{"error": "...", "code": "..."}`.
struct ServerError {
    let status: HTTPStatus
    let code: String
    let message: String

    init(_ response: HTTPResponseMessage) {
        self.init(response.status, body: response.body)
    }

    init(_ status: HTTPStatus, body: [UInt8]) {
        self.status = status
        let document = JSONObject(reading: body)
        code = document?["code"]?.string ?? "\(status.code)"
        message = document?["error"]?.string ?? "\(status.code) \(status.reason)"
    }

    /// The failure of a command that was refused so.
    var failure: ToolFailure {
        let exit: ExitCode =
            switch status {
            case .preconditionFailed: ToolExit.compareFailed
            case .serviceUnavailable: ToolExit.unavailable
            case .gatewayTimeout: ToolExit.outcomeUnknown
            default: .failure
            }
        return ToolFailure(message, exit)
    }
}

extension HTTPResponseMessage {
    /// The JSON object that an answer with a status below 300 is.
    /// - Throws: the server's refusal, or that the answer is not what it should be.
    func document() throws(ToolFailure) -> JSONObject {
        guard status.hundreds == 2 else { throw ServerError(self).failure }
        do {
            if let object = try JSONParser.parse(body).object { return object }
        } catch {
            throw ToolFailure("the node's answer is no JSON (\(error)): is this a port of raftd?")
        }
        throw ToolFailure("the node's answer is no JSON object: is this a port of raftd?")
    }
}
