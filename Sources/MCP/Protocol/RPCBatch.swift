package import Bytes

/// Several messages in one (JSON-RPC 2.0, section 6; only revision 2025-03-26 has them).
package struct RPCBatch: Sendable {
    /// The most messages of one batch.
    package static let maximumCount = 256

    package enum Item: Sendable {
        case request(RPCRequest)
        /// Answered already: it is none.
        case failure(RPCFailure)
    }

    /// What is to be answered, in order.
    package let items: [Item]

    /// - Throws: that the revision has no batches, or that this is none.
    package init(_ messages: [JSONValue], _ revision: ProtocolRevision) throws(RPCError) {
        guard revision == .march2025 else {
            throw .invalidRequest("a message is a JSON object: revision \(revision.rawValue) has no batches")
        }
        guard (1...RPCBatch.maximumCount).contains(messages.count) else {
            throw .invalidRequest("a batch has 1 to \(RPCBatch.maximumCount) messages")
        }
        var items: [Item] = []
        for message in messages {
            do throws(RPCFailure) {
                guard case .request(let request) = try RPCMessage(message) else { continue }
                guard request.method != Handshake.method else {
                    throw RPCFailure(id: request.id, .invalidRequest("initialize must not be part of a batch"))
                }
                items.append(.request(request))
            } catch {
                items.append(.failure(error))
            }
        }
        self.items = items
    }
}
