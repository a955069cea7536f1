import Bytes
package import StateMachine

/// What a request leads to: an answer, or a question to the cluster and what becomes of its answer. A value: the rim carries it out.
package enum Work: Sendable {
    case answer(Reply)
    case read(Read, then: @Sendable (ReadAnswer) -> Reply)
    case write(Operation, key: IdempotencyKey?, then: @Sendable (WriteAnswer) -> Reply)
    /// A handshake's session is told of changes to a resource, or no more.
    /// - Parameter 0: its URI, as the client spells it.
    case subscribe([UInt8], isOn: Bool)
    /// A stream of changes follows.
    case listen(Subscription)
}

/// The end of a request.
package enum Reply: Sendable {
    /// - Parameter 0: a JSON object.
    case result([UInt8])
    case error(RPCError)

    /// The result that says nothing.
    package static let done = Reply.result(Array("{}".utf8))
}

package enum Read: Sendable {
    case session(SessionQuery)
    case heap(HeapQuery)
}

package enum ReadAnswer: Sendable {
    case session(SessionAnswer)
    case heap(HeapAnswer)
}

package enum WriteAnswer: Sendable {
    case outcome(Outcome)
    /// The write may or may not have happened.
    case unknown(reason: String)
}

/// What a client wants to hear of, and has been promised.
package struct Subscription: Sendable, Equatable {
    /// That resources came or went.
    package var resourcesListChanged: Bool
    /// That these changed.
    package var uris: [String]

    package init(resourcesListChanged: Bool, uris: [String]) {
        self.resourcesListChanged = resourcesListChanged
        self.uris = uris
    }

    /// The most resources of one subscription.
    package static let maximumURIs = 1000
}
