import HTTP
import MCP
import Reactor
import StateMachine
import Transport

/// The streams of changes of one port. Each holds its place in the history and nothing else: changes are read when its socket takes them.
final class ChangeStreams {
    private final class Session {
        var feed: ChangeFeed
        var stream: ResponseStream?
        var lastSent: UInt64

        init(_ feed: ChangeFeed, now: UInt64) {
            self.feed = feed
            lastSent = now
        }
    }

    /// How long a stream says nothing: less than what proxies put up with.
    static let idleMilliseconds: UInt64 = 15_000

    private let loop: EventLoop
    private let limit: Int
    private let state: () -> StateMachine
    private var sessions: [ObjectIdentifier: Session] = [:]
    private var timer: Timer?
    private var lastApplied: UInt64 = 0

    /// - Parameters:
    ///   - limit: how many streams may be open.
    ///   - state: what is applied now.
    init(on loop: EventLoop, limit: Int, state: @escaping () -> StateMachine) {
        self.loop = loop
        self.limit = limit
        self.state = state
        timer = Timer(on: loop) { [weak self] in self?.tick() }
        timer?.start(
            afterMilliseconds: ChangeStreams.idleMilliseconds / 5,
            repeatingMilliseconds: ChangeStreams.idleMilliseconds / 5)
    }

    var count: Int { sessions.count }

    /// Whether one more stream may be opened.
    var hasRoom: Bool { sessions.count < limit }

    /// Acknowledges the subscription, and tells of what follows.
    func start(_ feed: ChangeFeed, _ handle: ResponseHandle) {
        let session = Session(feed, now: loop.nowNanoseconds)
        sessions[ObjectIdentifier(session)] = session
        session.stream = handle.stream(WatchEndpoint.head) { [weak self, weak session] event in
            guard let session else { return }
            self?.take(event, session)
        }
        send([feed.acknowledgement], to: session)
        pump(session, state())
    }

    /// Something may have been applied.
    func applied() {
        guard !sessions.isEmpty else { return }
        let state = state()
        guard state.lastApplied != lastApplied else { return }
        lastApplied = state.lastApplied
        for session in sessions.values { pump(session, state) }
    }

    /// Ends the timer. Nothing may be started any more.
    func close() {
        timer?.close()
        timer = nil
    }

    private func take(_ event: ResponseStream.Event, _ session: Session) {
        switch event {
        case .writable: pump(session, state())
        case .stalled, .serverStops: end(session)
        case .clientEnded: session.stream?.write(EventStreamText.comment)
        case .closed: sessions[ObjectIdentifier(session)] = nil
        }
    }

    /// Sends until the client is slower, or all is sent.
    private func pump(_ session: Session, _ state: StateMachine) {
        while let stream = session.stream, stream.isWritable, session.feed.isBehind(state) {
            switch session.feed.next(state) {
            case .messages(let messages): send(messages, to: session)
            // The client begins anew, and reads what it wants to know.
            case .missed: return end(session)
            }
        }
    }

    private func send(_ messages: [[UInt8]], to session: Session) {
        guard !messages.isEmpty else { return }
        session.stream?.write(messages.flatMap(EventStreamText.message))
        session.lastSent = loop.nowNanoseconds
    }

    /// The last word tells the client that the stream ended on purpose, and may be begun again soon, at any node.
    private func end(_ session: Session) {
        session.stream?.write(EventStreamText.comeBackSoon)
        send([session.feed.result], to: session)
        session.stream?.end()
        session.stream = nil
        sessions[ObjectIdentifier(session)] = nil
    }

    private func tick() {
        let now = loop.nowNanoseconds
        for session in sessions.values where now - session.lastSent >= ChangeStreams.idleMilliseconds * 1_000_000 {
            guard let stream = session.stream, stream.isWritable else { continue }
            stream.write(EventStreamText.comment)
            session.lastSent = now
        }
    }
}
