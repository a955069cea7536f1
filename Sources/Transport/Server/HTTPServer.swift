package import HTTP
package import Reactor

/// HTTP/1.1 on one listening port, all on the loop.
package final class HTTPServer {
    /// Called for each request, with what answers it. It may answer at once or later.
    package typealias Handler = (HTTPRequest, ResponseHandle) -> Void

    /// Where it listens.
    package private(set) var address: SocketAddress
    package internal(set) var counters = HTTPServerCounters()

    /// Told when descriptors run out and accepting pauses; once a pause.
    package var onAcceptPaused: ((ReactorError) -> Void)? {
        get { listener?.onAcceptPaused }
        set { listener?.onAcceptPaused = newValue }
    }

    /// Told when a client ends its connection or breaks it, once, with the tag that the handler gave to the connection; not when this side
    /// does.
    package var onClientGone: ((AnyHashable) -> Void)?

    let loop: EventLoop
    let options: HTTPServerOptions
    let handler: Handler

    private var listener: TCPListener?
    private var sweeper: Timer?
    private var drainTimer: Timer?
    private var idleTimer: Timer?
    private var whenDrained: (() -> Void)?
    private var sessions: [ServerSession] = []
    private var lingering = 0
    private var isStopping = false

    /// Listens at `address`; port 0 takes a free one, see `address`.
    ///
    /// - Throws: when the address cannot be bound.
    package init(
        on loop: EventLoop, address: SocketAddress, options: HTTPServerOptions = HTTPServerOptions(),
        handler: @escaping Handler
    ) throws(ReactorError) {
        self.loop = loop
        self.options = options
        self.handler = handler
        self.address = address
        let listener = try TCPListener(on: loop, address: address) { [weak self] tcp in
            guard let self else { return tcp.close() }
            accept(tcp)
        }
        self.address = listener.address
        self.listener = listener
        let sweeper = Timer(on: loop) { [weak self] in self?.sweep() }
        sweeper.start(afterMilliseconds: options.sweepMilliseconds, repeatingMilliseconds: options.sweepMilliseconds)
        self.sweeper = sweeper
    }

    /// Connections that are open, those about to close included.
    package var openConnections: Int { sessions.count }

    /// Stops gracefully: accepts nothing after what is waiting, asks streams to end, and answers what comes and is in flight with
    /// `Connection: close`.
    ///
    /// - Parameters:
    ///   - idleMilliseconds: how long idle connections stay open. A request that is on its way when one is closed is lost, and nobody but
    ///     its sender knows whether it may be repeated; who learns that the port is closed sends nothing more.
    ///   - milliseconds: after this the connections that are left are closed as they are.
    ///   - completion: called once from the loop, when all connections are closed.
    package func drain(
        withinMilliseconds milliseconds: UInt64, idleMilliseconds: UInt64 = 0, completion: @escaping () -> Void
    ) {
        precondition(!isStopping, "the server is already stopping")
        listener?.finish()
        isStopping = true
        whenDrained = completion
        if idleMilliseconds == 0 {
            for session in sessions { session.drain() }
        } else {
            for session in sessions { session.windDown() }
            let idleTimer = Timer(on: loop) { [weak self] in
                guard let self else { return }
                for session in sessions { session.drain() }
            }
            idleTimer.start(afterMilliseconds: idleMilliseconds)
            self.idleTimer = idleTimer
        }
        let timer = Timer(on: loop) { [weak self] in
            guard let self else { return }
            for session in sessions { session.close() }
        }
        timer.start(afterMilliseconds: milliseconds)
        drainTimer = timer
        loop.defer { self.finishIfEmpty() }
    }

    /// Closes the port and every connection at once.
    package func close() {
        isStopping = true
        listener?.close()
        for session in sessions { session.close() }
        loop.defer { self.finishIfEmpty() }
    }

    private func accept(_ tcp: TCPConnection) {
        guard !isStopping else { return tcp.close() }
        counters.connectionsAccepted += 1
        let isRefused = sessions.count - lingering >= options.maxConnections
        let hasRoom = sessions.count < options.maxConnections + options.maxLingering
        if isRefused || !hasRoom { counters.connectionsRefused += 1 }
        guard hasRoom else { return tcp.close() }
        let session = ServerSession(tcp, server: self)
        session.index = sessions.count
        sessions.append(session)
        guard isRefused else { return session.start() }
        session.refuse(
            .error(
                .serviceUnavailable, code: "overloaded",
                message: "\(options.maxConnections) connections are open, which is the limit; try again later",
                retryAfterSeconds: 1
            )
        )
    }

    private func sweep() {
        let now = loop.nowNanoseconds
        for session in sessions { session.sweep(now: now) }
    }

    func sessionLingers() { lingering += 1 }

    /// Constant time: the last takes the place of the one that goes.
    func sessionClosed(_ session: ServerSession) {
        if session.isLingering { lingering -= 1 }
        let last = sessions.removeLast()
        if last !== session {
            last.index = session.index
            sessions[session.index] = last
        }
        finishIfEmpty()
    }

    private func finishIfEmpty() {
        guard isStopping, sessions.isEmpty else { return }
        sweeper?.close()
        drainTimer?.close()
        idleTimer?.close()
        (sweeper, drainTimer, idleTimer, listener) = (nil, nil, nil, nil)
        let completion = whenDrained
        whenDrained = nil
        completion?()
    }
}
