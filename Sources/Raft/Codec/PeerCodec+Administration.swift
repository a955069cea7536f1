import Bytes

/// The bodies that carry what an operator asked of another node than the leader:
///
///     0x09 Administer  1 join, node id (text), address (text), learner (1); or 2 leave, node id; or 3 transfer, node id
///     0x89 its answer  0 done; or the code of a refusal (1...5), message (text)
extension PeerCodec {
    private enum Tag: UInt8 {
        case join = 1
        case leave = 2
        case transfer = 3
    }

    private static let done: UInt8 = 0

    static func append(_ request: AdminRequest, to writer: inout ByteWriter) {
        switch request {
        case .join(let nodeID, let address, let asLearner):
            writer.append(Tag.join.rawValue)
            writer.append(text: nodeID, maximum: maximumNodeIDSize)
            writer.append(text: address, maximum: maximumAddressSize)
            writer.append(asLearner)
        case .leave(let nodeID):
            writer.append(Tag.leave.rawValue)
            writer.append(text: nodeID, maximum: maximumNodeIDSize)
        case .transfer(let nodeID):
            writer.append(Tag.transfer.rawValue)
            writer.append(text: nodeID, maximum: maximumNodeIDSize)
        }
    }

    static func readAdminRequest(from reader: inout FieldReader) throws(Failure) -> AdminRequest {
        let tag = try reader.byte("admin request")
        guard let tag = Tag(rawValue: tag) else { throw .malformed("admin request: \(tag) is unknown") }
        let nodeID = try reader.text("node id", maximum: maximumNodeIDSize)
        switch tag {
        case .join:
            let address = try reader.text("address", maximum: maximumAddressSize)
            return .join(nodeID: nodeID, address: address, asLearner: try reader.boolean("learner"))
        case .leave: return .leave(nodeID: nodeID)
        case .transfer: return .transfer(to: nodeID)
        }
    }

    static func append(_ response: AdminResponse, to writer: inout ByteWriter) {
        switch response {
        case .done: writer.append(done)
        case .refused(let refusal):
            writer.append(refusal.code.rawValue)
            writer.append(reason: refusal.message)
        }
    }

    static func readAdminResponse(from reader: inout FieldReader) throws(Failure) -> AdminResponse {
        let code = try reader.byte("admin result")
        if code == done { return .done }
        guard let code = AdminRefusal.Code(rawValue: code) else { throw .malformed("admin result: \(code) is unknown") }
        return .refused(AdminRefusal(code: code, message: try reader.text("message", maximum: maximumReasonSize)))
    }
}

extension ByteWriter {
    /// A text for people, clipped to what a reason may have: it lists members and addresses, of which there may be many.
    /// - Precondition: not empty
    mutating func append(reason: String) {
        var clipped = reason[...]
        while clipped.utf8.count > PeerCodec.maximumReasonSize {
            clipped = clipped.prefix(min(clipped.count - 1, PeerCodec.maximumReasonSize))
        }
        append(text: String(clipped), maximum: PeerCodec.maximumReasonSize)
    }
}
