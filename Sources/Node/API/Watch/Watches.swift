import HTTP
import Reactor
import StateMachine
import Transport

/// The watches of one port. Each holds its place in the history and nothing else: events are read when its socket takes them.
final class Watches {
    /// A watch on its connection.
    private final class Session {
        var watcher: Watcher
        /// Where `sessions` keeps it.
        var index = 0
        var stream: ResponseStream?
        var lastSent: UInt64

        init(_ watcher: Watcher, now: UInt64) {
            self.watcher = watcher
            lastSent = now
        }
    }

    private let loop: EventLoop
    private let budget: StreamBudget
    private let idleMilliseconds: UInt64
    private let state: () -> StateMachine
    private let conviction: () -> String?
    private var sessions: [Session] = []
    private var timer: Timer?
    private var isTicking = false
    private var lastApplied: UInt64 = 0

    /// - Parameters:
    ///   - budget: of the port's streams.
    ///   - idleMilliseconds: how long a watch says nothing.
    ///   - state: what is applied now.
    ///   - conviction: why it must not be shown; `nil` when nothing is known against it.
    init(
        on loop: EventLoop, budget: StreamBudget, idleMilliseconds: UInt64,
        state: @escaping () -> StateMachine, conviction: @escaping () -> String? = { nil }
    ) {
        self.loop = loop
        self.budget = budget
        self.state = state
        self.conviction = conviction
        self.idleMilliseconds = idleMilliseconds
        timer = Timer(on: loop) { [weak self] in self?.tick() }
    }

    var count: Int { sessions.count }

    /// - Throws: 503 when there are too many, or when this node's state is known to be wrong.
    func checkRoom() throws(Refused) {
        if let reason = conviction() { throw Refused(.unavailable(reason)) }
        try budget.check()
    }

    /// Begins to send what follows `position`.
    ///
    /// - Parameter isFromNow: tells the client at once from where, so that it can come back without a gap.
    func start(_ prefix: [UInt8], after position: EventPosition, isFromNow: Bool, _ handle: ResponseHandle) {
        let state = state()
        let watcher = Watcher(prefix: prefix, after: position)
        do throws(Refused) {
            try checkRoom()
        } catch {
            return handle.respond(error.response)
        }
        if let floor = watcher.missedFloor(state) {
            return handle.respond(WatchEndpoint.belowFloor(floor, revision: state.lastApplied))
        }
        let session = Session(watcher, now: loop.nowNanoseconds)
        session.index = sessions.count
        sessions.append(session)
        budget.take()
        session.stream = handle.stream(WatchEndpoint.head) { [weak self] event in self?.take(event, session) }
        startTicking()
        pump(session, state)
        if isFromNow { tellProgress(session, state) }
    }

    /// Something may have been applied.
    func applied() {
        guard !sessions.isEmpty else { return }
        let state = state()
        guard state.lastApplied != lastApplied else { return }
        lastApplied = state.lastApplied
        if let reason = conviction() {
            for session in sessions { end(session, EventStreamText.failure(EventStreamText.unavailable(reason))) }
            return
        }
        for session in sessions { pump(session, state) }
    }

    /// Ends the timer. Nothing may be started any more.
    func close() {
        timer?.close()
        timer = nil
    }

    private func take(_ event: ResponseStream.Event, _ session: Session) {
        switch event {
        case .writable: pump(session, state())
        case .stalled: end(session, EventStreamText.failure(EventStreamText.tooSlow))
        case .clientEnded: session.stream?.write(EventStreamText.comment)
        case .serverStops: end(session, EventStreamText.goodbye)
        case .closed: remove(session)
        }
    }

    /// Sends until the client is slower, or all is sent.
    private func pump(_ session: Session, _ state: StateMachine) {
        while let stream = session.stream, stream.isWritable {
            switch session.watcher.next(state) {
            case .events(let text):
                guard !text.isEmpty else { return }
                stream.write(text)
                session.lastSent = loop.nowNanoseconds
            case .belowFloor(let floor):
                let document = EventStreamText.belowFloor(floor, revision: state.lastApplied)
                return end(session, EventStreamText.failure(document))
            }
        }
    }

    private func end(_ session: Session, _ text: [UInt8]) {
        session.stream?.write(text)
        session.stream?.end()
        remove(session)
    }

    /// Constant time: the last takes the place of the one that goes.
    private func remove(_ session: Session) {
        guard session.index < sessions.count, sessions[session.index] === session else { return }
        session.stream = nil
        budget.giveBack()
        let last = sessions.removeLast()
        if last !== session {
            last.index = session.index
            sessions[session.index] = last
        }
        guard sessions.isEmpty else { return }
        isTicking = false
        timer?.stop()
    }

    /// Tells idle clients that the connection holds, and how far they are.
    private func tick() {
        let now = loop.nowNanoseconds
        let state = state()
        for session in sessions where now - session.lastSent >= idleMilliseconds * 1_000_000 {
            pump(session, state)
            tellProgress(session, state)
        }
    }

    /// - Precondition: pumped to `state`; a stream that is still writable has sent everything.
    private func tellProgress(_ session: Session, _ state: StateMachine) {
        guard let stream = session.stream, stream.isWritable else { return }
        stream.write(session.watcher.progress(state))
        session.lastSent = loop.nowNanoseconds
    }

    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        // One timer for all; each is late by a tenth at most.
        let tick = max(1, idleMilliseconds / 10)
        timer?.start(afterMilliseconds: tick, repeatingMilliseconds: tick)
    }
}
