import Bytes
import Documents
package import StateMachine

/// What one client hears of changes: a place in the history, and what comes next of it as messages. It keeps no changes.
package struct ChangeFeed: Sendable {
    package enum Step: Sendable {
        /// Messages to be sent, or nothing when all was seen.
        case messages([[UInt8]])
        /// What comes next is not kept any more: the client has to look anew.
        case missed
    }

    /// One step reads at most so many changes.
    private static let maximumChanges = 256

    private let subscription: Subscription
    /// The URIs as the client spells them; looked up, never iterated.
    private let uris: [Resource: [String]]
    /// The request that began the stream; `nil` where messages do not name it.
    private let request: RPCID?
    /// Everything up to here was told, or nobody asked for it.
    private var position: EventPosition

    /// - Parameter position: what follows it is told.
    package init(_ subscription: Subscription, of request: RPCID?, after position: EventPosition) {
        self.subscription = subscription
        uris = subscription.uris.reduce(into: [:]) { uris, uri in
            if let resource = ResourceURI.resource(uri) { uris[resource, default: []].append(uri) }
        }
        self.request = request
        self.position = position
    }

    /// The first message: what the client will hear of.
    package var acknowledgement: [UInt8] {
        RPCText.notification(
            "notifications/subscriptions/acknowledged",
            params: params { json in
                json.key("notifications")
                json.beginObject()
                if subscription.resourcesListChanged { json.pair("resourcesListChanged", true) }
                if !subscription.uris.isEmpty { json.list("resourceSubscriptions", subscription.uris) }
                json.endObject()
            })
    }

    /// The last message: the stream ends, and is meant to.
    package var result: [UInt8] {
        guard let request else { return [] }
        return RPCText.response(request, result: params { $0.pair("resultType", "complete") })
    }

    /// The next messages; what changed several times is told of once.
    /// - Complexity: O(1) a change, however many resources the client listens to.
    package mutating func next(_ state: StateMachine) -> Step {
        switch state.resourceChanges(after: position, limit: ChangeFeed.maximumChanges) {
        case .belowFloor: return .missed
        case .page(let changes, let next):
            position = max(position, next)
            var messages: [[UInt8]] = []
            if subscription.resourcesListChanged, changes.contains(where: { $0.kind != .updated }) {
                messages.append(RPCText.notification("notifications/resources/list_changed", params: params { _ in }))
            }
            var told: Set<Resource> = []
            for change in changes {
                guard let uris = uris[change.resource], told.insert(change.resource).inserted else { continue }
                messages += uris.map { uri in
                    RPCText.notification("notifications/resources/updated", params: params { $0.pair("uri", uri) })
                }
            }
            return .messages(messages)
        }
    }

    /// Whether there may be more to tell.
    package func isBehind(_ state: StateMachine) -> Bool { position.revision < state.lastApplied }

    private func params(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        write(&json)
        if let request {
            json.key("_meta")
            json.beginObject()
            json.key(Envelope.subscriptionIDKey)
            request.value.write(to: &json)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }
}
