import HTTP
import MCP
import Raft
import Reactor
import StateMachine
import Storage
import Transport

/// HTTP+SSE (revision 2024-11-05): answers and notifications come down the stream of `GET /sse`, requests go to `POST /message`.
///
/// The stream is the session: it lies with the node that has it, whose instance stands in the session's id. A message that reaches another
/// node is passed on to that one. When the stream ends, so does the session.
final class SSEPort {
    static let streamPath = "/sse"
    static let messagePath = "/message"

    /// Clients take events of a MiB; a page is written twice, and the second time as text within text.
    private static let limits = Conversation.Limits(messageBytes: 1 << 20, pageBytes: 128 << 10)
    /// How many requests of one client may be without an answer.
    private static let maximumInFlight = 64
    /// What a client may leave in its stream while it sends more.
    private static let maximumPendingBytes = 4 << 20

    /// Hands a message to another node; the closure is told what that one answered.
    typealias Relay = (InstanceID, RelayedMessage, @escaping (HTTPResponse) -> Void) -> Void

    private final class Session {
        var conversation: Conversation?
        var response: ResponseStream?
        var lastSent: UInt64
        /// Nothing new is taken: the last answers are waited for.
        var isEnding = false

        init(now: UInt64) { lastSent = now }
    }

    private let loop: EventLoop
    private let instance: InstanceID
    private let budget: StreamBudget
    private let times: StreamTimes
    private let maxValueSize: Int
    private let state: () -> StateMachine
    private let ask: Asking
    private let relay: Relay
    private var sessions: [RandomID: Session] = [:]
    private var timer: Timer?
    private var lastApplied: UInt64 = 0

    /// - Parameters:
    ///   - instance: of this node.
    ///   - budget: of the port's streams.
    ///   - state: what is applied now.
    init(
        on loop: EventLoop, instance: InstanceID, budget: StreamBudget, times: StreamTimes, maxValueSize: Int,
        state: @escaping () -> StateMachine, ask: @escaping Asking, relay: @escaping Relay
    ) {
        self.loop = loop
        self.instance = instance
        self.budget = budget
        self.times = times
        self.maxValueSize = maxValueSize
        self.state = state
        self.ask = ask
        self.relay = relay
        timer = Timer(on: loop) { [weak self] in self?.tick() }
        timer?.start(afterMilliseconds: times.idle / 5, repeatingMilliseconds: times.idle / 5)
    }

    /// - Returns: whether the path is one of these.
    static func handles(_ request: HTTPRequest) -> Bool {
        request.pathIs(streamPath) || request.pathIs(messagePath)
    }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func handle(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        if request.pathIs(SSEPort.streamPath) { return try open(request, handle) }
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        let message = try RelayedMessage(request)
        guard message.session.holder != instance else { return handle.respond(receive(message)) }
        relay(message.session.holder, message) { handle.respond($0) }
    }

    /// Takes a message of a session whose stream lies here.
    /// - Returns: what its sender is answered.
    func receive(_ message: RelayedMessage) -> HTTPResponse {
        guard message.session.holder == instance, let session = sessions[message.session.id] else {
            return RelayedMessage.unknownSession.response
        }
        guard session.response.map({ $0.pendingBytes < SSEPort.maximumPendingBytes }) ?? false else {
            return .overloaded("the client does not read its stream")
        }
        guard !session.isEnding else { return .unavailable("this node stops: begin anew with GET /sse") }
        guard let conversation = session.conversation, conversation.inFlight < SSEPort.maximumInFlight else {
            return .overloaded("\(SSEPort.maximumInFlight) requests of this client have no answer yet")
        }
        conversation.receive(message.body, sessionLog: message.sessionLog)
        return HTTPResponse(.accepted, contentType: "text/plain", body: Array("Accepted".utf8))
    }

    private func open(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        guard request.method == .get else { throw .methodNotAllowed("GET") }
        let sessionLog = try MCPEndpoint.refusing { () throws(RPCError) in try request.sessionLog() }
        try budget.check()
        let id = RandomID.random()
        let session = Session(now: loop.nowNanoseconds)
        sessions[id] = session
        budget.take()
        session.response = handle.stream(WatchEndpoint.head) { [weak self] event in self?.take(event, id) }
        let conversation = Conversation(
            version: Version.current, maxValueSize: maxValueSize, sessionLog: sessionLog, limits: SSEPort.limits,
            state: state, ask: ask
        ) { [weak self] in self?.send($0, to: id) }
        conversation.isWritable = { [weak session] in session?.response?.isWritable ?? false }
        session.conversation = conversation
        let name = RelayedMessage.Session(holder: instance, id: id)
        session.response?.write(EventStreamText.endpoint("\(SSEPort.messagePath)?sessionId=\(name)"))
    }

    private func take(_ event: ResponseStream.Event, _ id: RandomID) {
        guard let session = sessions[id] else { return }
        switch event {
        case .writable: session.conversation?.applied()
        case .clientEnded:
            session.response?.write(EventStreamText.comment)
            // If it is gone, the next word shows it.
            session.lastSent = 0
        case .closed: remove(id)
        case .stalled: end(id)
        case .serverStops: endWhenAnswered(id, session)
        }
    }

    /// What was accepted is answered here or nowhere: a stream of this transport cannot go on elsewhere.
    private func endWhenAnswered(_ id: RandomID, _ session: Session) {
        session.isEnding = true
        guard let conversation = session.conversation, conversation.inFlight > 0 else { return end(id) }
        // Not at once: the last answer is on its way down.
        conversation.onIdle = { [weak self, loop] in loop.defer { self?.end(id) } }
    }

    private func end(_ id: RandomID) {
        guard let session = sessions[id] else { return }
        session.conversation?.end()
        session.response?.write(EventStreamText.comeBackSoon)
        session.response?.end()
        remove(id)
    }

    private func send(_ message: [UInt8], to id: RandomID) {
        guard let session = sessions[id] else { return }
        session.response?.write(EventStreamText.message(message))
        session.lastSent = loop.nowNanoseconds
    }

    private func remove(_ id: RandomID) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        session.response = nil
        session.conversation = nil
        budget.giveBack()
    }

    /// Something may have been applied.
    func applied() {
        guard !sessions.isEmpty else { return }
        let applied = state().lastApplied
        guard applied != lastApplied else { return }
        lastApplied = applied
        for session in sessions.values { session.conversation?.applied() }
    }

    /// Ends the timer. Nothing may be started any more.
    func close() {
        timer?.close()
        timer = nil
    }

    private func tick() {
        let now = loop.nowNanoseconds
        for session in sessions.values where now - session.lastSent >= times.idle * 1_000_000 {
            guard let response = session.response, response.isWritable else { continue }
            response.write(EventStreamText.comment)
            session.lastSent = now
        }
    }
}
