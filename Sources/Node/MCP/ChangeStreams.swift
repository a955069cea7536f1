import HTTP
import MCP
import Raft
import Reactor
import StateMachine
import Transport

/// The streams of changes of one port: of `subscriptions/listen`, and those that the sessions of a handshake open with GET. Each holds its
/// place in the history and nothing else: changes are read when its socket takes them.
final class ChangeStreams {
    private let loop: EventLoop
    private let budget: StreamBudget
    private let times: StreamTimes
    private let state: () -> StateMachine
    private var streams: [ObjectIdentifier: ChangeStream] = [:]
    /// The stream of each session that has one; looked up, never iterated.
    private var ofSessions: [MCPSessionID: ChangeStream] = [:]
    private var timer: Timer?
    private var lastApplied: UInt64 = 0

    /// Told which sessions have a stream, now and then: they are in use.
    var onSessionInUse: ((MCPSessionID) -> Void)?

    /// - Parameters:
    ///   - budget: of the port's streams.
    ///   - state: what is applied now.
    init(on loop: EventLoop, budget: StreamBudget, times: StreamTimes, state: @escaping () -> StateMachine) {
        self.loop = loop
        self.budget = budget
        self.times = times
        self.state = state
        timer = Timer(on: loop) { [weak self] in self?.tick() }
        timer?.start(afterMilliseconds: times.idle / 5, repeatingMilliseconds: times.idle / 5)
    }

    var count: Int { streams.count }

    /// Acknowledges the subscription, and tells of what follows.
    func start(_ feed: ChangeFeed, _ handle: ResponseHandle) {
        let stream = ChangeStream(feed, of: nil)
        open(stream, handle)
        send([feed.acknowledgement], on: stream)
        pump(stream, state())
    }

    /// Tells a session of what follows `position`. A stream that it has here ends: a message goes out on one of them only.
    func start(
        _ session: MCPSessionID, _ revision: ProtocolRevision, after position: EventPosition, _ handle: ResponseHandle
    ) {
        if let before = ofSessions[session] { end(before, retry: EventStreamText.comeBackLate) }
        let feed = ChangeFeed(Subscription(resourcesListChanged: true, uris: []), of: nil, after: position)
        let stream = ChangeStream(feed, of: session, tellsPlace: revision >= .november2025)
        ofSessions[session] = stream
        open(stream, handle)
        let state = state()
        // Of another cluster, or made up: nothing that comes would ever be later.
        let made = position.revision > state.lastApplied && stream.follow(state) ? stream.feed.skip(to: state) : []
        stream.response?.write(stream.idleWord)
        send(made, on: stream)
        pump(stream, state)
    }

    private func open(_ stream: ChangeStream, _ handle: ResponseHandle) {
        streams[ObjectIdentifier(stream)] = stream
        budget.take()
        stream.lastSent = loop.nowNanoseconds
        stream.begunAt = loop.nowNanoseconds
        stream.response = handle.stream(WatchEndpoint.head) { [weak self, weak stream] event in
            guard let stream else { return }
            self?.take(event, stream)
        }
    }

    /// Something may have been applied.
    func applied() {
        guard !streams.isEmpty else { return }
        let state = state()
        guard state.lastApplied != lastApplied else { return }
        lastApplied = state.lastApplied
        for stream in streams.values { pump(stream, state) }
    }

    /// Ends the timer. Nothing may be started any more.
    func close() {
        timer?.close()
        timer = nil
    }

    private func take(_ event: ResponseStream.Event, _ stream: ChangeStream) {
        switch event {
        case .writable: pump(stream, state())
        case .stalled, .serverStops: end(stream)
        case .clientEnded:
            stream.response?.write(EventStreamText.comment)
            // If it is gone, the next word shows it.
            stream.lastSent = 0
        case .closed: remove(stream)
        }
    }

    /// Sends until the client is slower, or all is sent.
    private func pump(_ stream: ChangeStream, _ state: StateMachine) {
        guard stream.follow(state) else { return end(stream) }
        while let response = stream.response, response.isWritable, stream.feed.isBehind(state) {
            switch stream.feed.next(state) {
            case .messages(let messages): send(messages, on: stream)
            case .missed where stream.session != nil: send(stream.feed.skip(to: state), on: stream)
            // The client begins anew, and reads what it wants to know.
            case .missed: return end(stream)
            }
        }
    }

    private func send(_ messages: [[UInt8]], on stream: ChangeStream) {
        guard !messages.isEmpty else { return }
        stream.response?.write(stream.events(messages))
        stream.lastSent = loop.nowNanoseconds
    }

    /// The last word tells the client that the stream ended on purpose, and may be begun again soon, at any node.
    private func end(_ stream: ChangeStream, retry: [UInt8] = EventStreamText.comeBackSoon) {
        stream.response?.write(retry)
        if let result = stream.feed.result { send([result], on: stream) }
        stream.response?.end()
        remove(stream)
    }

    private func remove(_ stream: ChangeStream) {
        stream.response = nil
        guard streams.removeValue(forKey: ObjectIdentifier(stream)) != nil else { return }
        budget.giveBack()
        if let session = stream.session, ofSessions[session] === stream { ofSessions[session] = nil }
    }

    /// In nanoseconds. Not the same for all: those that began together do not end together again and again.
    private func lifetime(of session: MCPSessionID) -> UInt64 {
        (times.session + session.low % (times.session / 4 + 1)) * 1_000_000
    }

    private func tick() {
        let now = loop.nowNanoseconds
        for stream in streams.values {
            if let session = stream.session {
                onSessionInUse?(session)
                guard now - stream.begunAt < lifetime(of: session) else {
                    end(stream)
                    continue
                }
            }
            guard now - stream.lastSent >= times.idle * 1_000_000 else { continue }
            guard let response = stream.response, response.isWritable else { continue }
            response.write(stream.idleWord)
            stream.lastSent = now
        }
    }
}

/// One stream of changes on its connection.
private final class ChangeStream {
    var feed: ChangeFeed
    /// Whose it is; `nil` for one that a request began.
    let session: MCPSessionID?
    var response: ResponseStream?
    var lastSent: UInt64 = 0
    var begunAt: UInt64 = 0
    /// The entry that changed the session's subscriptions last, of those that the feed listens to.
    private var subscribedAt: UInt64?
    /// Whether the client knows what to do with an event that has an id and no message (from revision 2025-11-25 on).
    private let tellsPlace: Bool

    init(_ feed: ChangeFeed, of session: MCPSessionID?, tellsPlace: Bool = false) {
        self.feed = feed
        self.session = session
        self.tellsPlace = tellsPlace
    }

    /// Listens to what its session is subscribed to now.
    /// - Returns: whether there is still such a session.
    func follow(_ state: StateMachine) -> Bool {
        guard let id = session else { return true }
        guard let session = state.mcpSession(id) else { return false }
        if session.subscribedAt != subscribedAt {
            subscribedAt = session.subscribedAt
            feed.listen(to: session.subscriptions.map { String(decoding: $0, as: UTF8.self) })
        }
        return true
    }

    /// The first word, and whenever there is nothing to tell: where the client is, or that the connection holds.
    var idleWord: [UInt8] { tellsPlace ? EventStreamText.place(feed.position) : EventStreamText.comment }

    /// Messages as events. The place after them stands at the last, so that a client that saw only some has all of them again.
    func events(_ messages: [[UInt8]]) -> [UInt8] {
        guard session != nil else { return messages.flatMap { EventStreamText.message($0) } }
        return messages.dropLast().flatMap { EventStreamText.message($0) }
            + (messages.last.map { EventStreamText.message($0, id: feed.position) } ?? [])
    }
}
