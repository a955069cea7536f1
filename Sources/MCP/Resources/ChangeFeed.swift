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

    private var subscription: Subscription
    /// The URIs as the client spells them; looked up, never iterated.
    private var uris: [Resource: [String]] = [:]
    /// The request that began the stream; `nil` where messages do not name it.
    private let request: RPCID?
    /// Everything up to here was told, or nobody asked for it.
    package private(set) var position: EventPosition

    /// - Parameter position: what follows it is told.
    package init(_ subscription: Subscription, of request: RPCID?, after position: EventPosition) {
        self.subscription = subscription
        self.request = request
        self.position = position
        for uri in subscription.uris { note(uri) }
    }

    /// Goes on with other resources.
    package mutating func listen(to uris: [String]) {
        subscription.uris = uris
        self.uris = [:]
        for uri in uris { note(uri) }
    }

    private mutating func note(_ uri: String) {
        // Nothing ever happens to what is no resource of this server.
        if let resource = ResourceURI.resource(uri) { uris[resource, default: []].append(uri) }
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

    /// The last message: the stream ends, and is meant to. `nil` where no request began it.
    package var result: [UInt8]? {
        guard let request else { return nil }
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
                messages.append(listChanged)
            }
            var told: Set<Resource> = []
            for change in changes {
                guard let uris = uris[change.resource], told.insert(change.resource).inserted else { continue }
                messages += uris.map(updated)
            }
            return .messages(messages)
        }
    }

    /// Goes on from `state`, and says that everything may have changed: for clients that cannot be told to begin anew.
    package mutating func skip(to state: StateMachine) -> [[UInt8]] {
        position = .endOf(revision: state.lastApplied)
        return (subscription.resourcesListChanged ? [listChanged] : []) + subscription.uris.map(updated)
    }

    /// Whether there may be more to tell.
    package func isBehind(_ state: StateMachine) -> Bool { position.revision < state.lastApplied }

    private var listChanged: [UInt8] {
        RPCText.notification("notifications/resources/list_changed", params: params { _ in })
    }

    private func updated(_ uri: String) -> [UInt8] {
        RPCText.notification("notifications/resources/updated", params: params { $0.pair("uri", uri) })
    }

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
