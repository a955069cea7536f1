import Bytes
import MCP
import Raft
import Replica
import StateMachine
import Storage

/// One client on a connection of its own, whatever carries it: messages in, messages out.
final class Conversation {
    /// What goes out as one message at most, and how much a page may hold so that it does.
    struct Limits {
        /// `nil`: any.
        var messageBytes: Int?
        var pageBytes = 4 << 20
    }

    /// The most streams of changes that one client may have asked for.
    private static let maximumFeeds = 64

    /// A request that is not answered yet.
    private final class Flight {
        let id: RPCID
        var isCancelled = false

        init(_ id: RPCID) { self.id = id }
    }

    private var dialogue: Dialogue
    private let limits: Limits
    private let state: () -> StateMachine
    private let ask: Asking
    private let send: ([UInt8]) -> Void
    private var flights: [ObjectIdentifier: Flight] = [:]
    /// What each `subscriptions/listen` is told, by the order in which they came.
    private var feeds: [(id: RPCID, feed: ChangeFeed)] = []
    /// What the session of a handshake is told, and of which resources.
    private var ownFeed: ChangeFeed?
    private var uris: [String] = []

    /// Called when the last request is answered.
    var onIdle: (() -> Void)?
    /// Whether the client takes what is sent. Notifications wait while it does not.
    var isWritable: () -> Bool = { true }

    /// - Parameters:
    ///   - sessionLog: of calls that name none; `nil`: none was chosen.
    ///   - state: what is applied now.
    ///   - ask: hands a question to the replica; the closure is called with its answer, exactly once.
    ///   - send: takes one message for the client, JSON without line ends.
    init(
        version: String, maxValueSize: Int, sessionLog: [UInt8]?, limits: Limits = Limits(),
        state: @escaping () -> StateMachine, ask: @escaping Asking, send: @escaping ([UInt8]) -> Void
    ) {
        let handler = RequestHandler(version: version, maxValueSize: maxValueSize)
        dialogue = Dialogue(handler, sessionLog: sessionLog, ownLog: Name.ofOwnLog(), pageBytes: limits.pageBytes)
        self.limits = limits
        self.state = state
        self.ask = ask
        self.send = send
    }

    /// Requests that are not answered yet.
    var inFlight: Int { flights.count }

    /// Takes one JSON text of the client's.
    /// - Parameter sessionLog: that came with it.
    func receive(_ text: [UInt8], sessionLog: [UInt8]? = nil) {
        for step in dialogue.receive(text, sessionLog: sessionLog) { take(step, sessionLog) }
    }

    /// A message came that was too long to be taken.
    func receiveTooLong(limit: Int) {
        send(RPCText.failure(nil, .invalidRequest("a message has \(limit) bytes at most; this one was passed over")))
    }

    private func take(_ step: Dialogue.Step, _ sessionLog: [UInt8]?) {
        switch step {
        case .send(let message): send(message)
        case .perform(let call):
            perform(call) { [weak self] answer in
                if let answer { self?.send(answer) }
            }
        case .performAll(let requests): perform(requests, sessionLog)
        case .cancel(let id): cancel(id)
        case .beginNotifying:
            guard ownFeed == nil else { return }
            let subscription = Subscription(resourcesListChanged: true, uris: [])
            ownFeed = ChangeFeed(subscription, of: nil, after: .endOf(revision: state().lastApplied))
        }
    }

    // MARK: Requests

    /// - Parameter then: takes the answer; `nil` for a request that needs none any more.
    private func perform(_ call: Dialogue.Call, then: @escaping ([UInt8]?) -> Void) {
        switch call.work {
        case .answer(let reply): then(answer(call.request.id, reply))
        case .subscribe(let uri, let isOn):
            then(answer(call.request.id, subscribe(String(decoding: uri, as: UTF8.self), isOn: isOn)))
        case .read, .write, .listen:
            guard let question = call.work.question() else { return }
            let flight = Flight(call.request.id)
            flights[ObjectIdentifier(flight)] = flight
            ask(question) { [weak self] answer in self?.land(flight, call, answer, then) }
        }
    }

    private func land(_ flight: Flight, _ call: Dialogue.Call, _ answer: Answer, _ then: ([UInt8]?) -> Void) {
        flights[ObjectIdentifier(flight)] = nil
        if flight.isCancelled {
            then(nil)
        } else if case .listen(let subscription) = call.work, case .revision(let revision) = answer {
            then(nil)
            listen(flight.id, subscription, after: revision)
        } else {
            then(self.answer(flight.id, call.work.ending(answer).reply))
        }
        if flights.isEmpty { onIdle?() }
    }

    private func perform(_ requests: RPCBatch, _ sessionLog: [UInt8]?) {
        let batch = Batch(requests, maximumBytes: limits.messageBytes.map { $0 / 2 } ?? Batch.standardBytes) {
            [weak self] answers in
            if !answers.isEmpty { self?.send(RPCText.batch(answers)) }
        }
        for next in batch.requests {
            do throws(RPCError) {
                let call = try dialogue.call(next.request, sessionLog: sessionLog, among: batch.requests.count)
                perform(call) { batch.put($0, to: next) }
            } catch {
                batch.put(RPCText.failure(next.request.id, error), to: next)
            }
        }
    }

    private func answer(_ id: RPCID, _ reply: Reply) -> [UInt8] {
        let message = RPCText.answer(id, reply)
        guard let limit = limits.messageBytes, message.count > limit else { return message }
        return RPCText.failure(id, .answerTooLong(message.count))
    }

    /// What was asked for is done all the same; only nobody is told.
    private func cancel(_ id: RPCID) {
        feeds.removeAll { $0.id == id }
        for flight in flights.values where flight.id == id { flight.isCancelled = true }
    }

    // MARK: Notifications

    private func subscribe(_ uri: String, isOn: Bool) -> Reply {
        let isThere = uris.contains(uri)
        if isOn, !isThere {
            guard uris.count < Subscription.maximumURIs else {
                return .error(.invalidParams("a session has \(Subscription.maximumURIs) subscriptions at most"))
            }
            uris.append(uri)
        } else if !isOn {
            uris.removeAll { $0 == uri }
        }
        if isOn != isThere { ownFeed?.listen(to: uris) }
        return .done
    }

    private func listen(_ id: RPCID, _ subscription: Subscription, after revision: UInt64) {
        guard feeds.count < Conversation.maximumFeeds else {
            let error = RPCError(-32603, "a client has \(Conversation.maximumFeeds) subscriptions at most; cancel one")
            return send(RPCText.failure(id, error))
        }
        let feed = ChangeFeed(subscription, of: id, after: .endOf(revision: revision))
        send(feed.acknowledgement)
        feeds.append((id, feed))
        applied()
    }

    /// Something may have been applied, or the client takes more.
    func applied() {
        let state = state()
        while isWritable(), let feed = ownFeed, feed.isBehind(state) { notify(state) }
        for place in feeds.indices.reversed() { pump(place, state) }
    }

    private func notify(_ state: StateMachine) {
        guard let step = ownFeed?.next(state) else { return }
        switch step {
        case .messages(let messages): for message in messages { send(message) }
        case .missed: for message in ownFeed?.skip(to: state) ?? [] { send(message) }
        }
    }

    private func pump(_ place: Int, _ state: StateMachine) {
        while isWritable(), feeds[place].feed.isBehind(state) {
            switch feeds[place].feed.next(state) {
            case .messages(let messages): for message in messages { send(message) }
            // The client begins anew, and reads what it wants to know.
            case .missed:
                end(feeds[place].feed)
                feeds.remove(at: place)
                return
            }
        }
    }

    private func end(_ feed: ChangeFeed) {
        if let result = feed.result { send(result) }
    }

    /// Ends what the client is subscribed to; the last words tell that it is on purpose.
    func end() {
        for (_, feed) in feeds { end(feed) }
        feeds = []
        ownFeed = nil
    }
}
