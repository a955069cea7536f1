import HTTP
import Reactor

/// Moves bytes between one TCP connection and its `ServerConnection`.
final class ServerSession: TCPConnectionDelegate {
    enum Stage {
        case open
        /// The last answer is sent; what the client still sends is read and ignored.
        case lingering
        case closed
    }

    /// Where the server keeps it.
    var index = 0

    let tcp: TCPConnection
    let server: HTTPServer
    var connection: ServerConnection
    var stage = Stage.open
    var closeHooks: [ServerConnection.RequestID: () -> Void] = [:]
    private var isReading = false
    var isHandling = false
    /// The streams that are open; see `ServerSession+Streams.swift`.
    var streams: [ServerConnection.RequestID: OpenStream] = [:]
    private(set) var isDraining = false
    /// Who holds the connection; see `HTTPServer.onClientGone`.
    var tag: AnyHashable?
    private var isResumePlanned = false
    private var hasPeerEnded = false
    private var lingerEnd: UInt64 = 0
    /// All that was ever handed to the connection.
    private var writtenBytes = 0
    /// What of it the client had taken when the clock was last looked at.
    private var takenBytes = 0
    private var stalledSince: UInt64

    /// The TCP connection keeps its session, and the session its server, until `closed`.
    init(_ tcp: TCPConnection, server: HTTPServer) {
        self.tcp = tcp
        self.server = server
        let options = server.options
        let now = server.loop.nowNanoseconds
        connection = ServerConnection(
            limits: options.limits, timeouts: options.timeouts, bodyLimit: options.bodyLimit,
            mayStream: options.mayStream, refusal: options.refusal, now: now
        )
        stalledSince = now
        tcp.delegate = self
    }

    var isConnected: Bool { stage == .open && !tcp.isClosed }

    var isLingering: Bool { stage == .lingering }

    func start() { settle() }

    /// Tells the client that there are too many, and ends.
    func refuse(_ response: HTTPResponse) {
        var output: [UInt8] = []
        ResponseEncoder.append(response, isHead: false, connection: .close, to: &output)
        server.counters.count(response.status)
        write(output)
        linger()
    }

    func respond(_ id: ServerConnection.RequestID, _ response: HTTPResponse) {
        guard stage == .open, connection.respond(id, response, now: server.loop.nowNanoseconds) else { return }
        server.counters.count(response.status)
        closeHooks[id] = nil
        if !isHandling { settle() }
    }

    func setCloseHook(_ id: ServerConnection.RequestID, _ hook: @escaping () -> Void) {
        guard isConnected else { return server.loop.defer(hook) }
        closeHooks[id] = hook
    }

    /// Ends with the next answer, and asks streams to end.
    func windDown() {
        guard stage == .open, !isDraining else { return }
        isDraining = true
        connection.windDown()
        tellStreams(.serverStops)
    }

    /// Takes nothing new.
    func drain() {
        guard stage == .open else { return }
        windDown()
        connection.drain()
        settle()
    }

    /// A stream that is cut off here must not look like one that ended.
    func close() {
        if streams.isEmpty { tcp.close() } else { tcp.abort() }
    }

    /// Looks whether the client has let too much time pass.
    func sweep(now: UInt64) {
        let pendingBytes = tcp.pendingBytes
        if pendingBytes == 0 || writtenBytes - pendingBytes > takenBytes { stalledSince = now }
        takenBytes = writtenBytes - pendingBytes
        if now - stalledSince >= server.options.writeStallMilliseconds * 1_000_000 {
            guard tellStalled() else { return tcp.abort() }
            stalledSince = now
        }
        switch stage {
        case .open where isReading:
            if case .rejected(let error) = connection.expire(now: now) { server.counters.count(error.status) }
            settle()
        case .lingering where pendingBytes == 0 && now >= lingerEnd: tcp.close()
        default: break
        }
    }
}

// MARK: - TCPConnectionDelegate

extension ServerSession {
    func received(_ bytes: UnsafeRawBufferPointer, on _: TCPConnection) {
        guard stage == .open else { return }
        let input = bytes.assumingMemoryBound(to: UInt8.self)
        handle(connection.receive(input.span, now: server.loop.nowNanoseconds))
    }

    func receivedEnd(on _: TCPConnection) {
        hasPeerEnded = true
        isReading = false
        if stage == .lingering { return tcp.closeAfterWrites() }
        tellServerThatClientIsGone()
        connection.receiveEnd()
        settle()
        tellStreams(.clientEnded)
    }

    func drained(_: TCPConnection) { settle() }

    func closed(_: TCPConnection, error: ReactorError?) {
        if error != nil { tellServerThatClientIsGone() }
        server.sessionClosed(self)
        stage = .closed
        callCloseHooks()
    }

    private func tellServerThatClientIsGone() {
        guard let tag else { return }
        self.tag = nil
        server.onClientGone?(tag)
    }
}

// MARK: - Flow

extension ServerSession {
    private func handle(_ events: [ServerConnection.Event]) {
        isHandling = true
        for event in events {
            switch event {
            case .request(let id, let request):
                server.counters.requests += 1
                server.handler(request, ResponseHandle(session: self, id: id))
            case .rejected(let error): server.counters.count(error.status)
            }
        }
        isHandling = false
        settle()
    }

    /// Brings the socket in line with the connection: sends, reads or not, ends.
    func settle() {
        guard stage == .open else { return }
        let hasWritten = writeOutput()
        if connection.isFinished, connection.outputBytes == 0 { return hasWritten ? linger() : closeSilently() }
        if connection.canResume, !tcp.isCongested { planResume() }
        planStreamEvents()
        let reads = connection.wantsRead && !tcp.isCongested && !hasPeerEnded
        guard reads != isReading else { return }
        isReading = reads
        if reads {
            connection.restartClock(now: server.loop.nowNanoseconds)
            tcp.startReading()
        } else {
            tcp.stopReading()
        }
    }

    /// Writes until the client is slower than we are; `drained` goes on then.
    private func writeOutput() -> Bool {
        var hasWritten = false
        while !tcp.isCongested {
            let output = connection.takeOutput()
            guard !output.isEmpty else { break }
            write(output)
            hasWritten = true
        }
        return hasWritten
    }

    private func write(_ output: [UInt8]) {
        writtenBytes += output.count
        tcp.write(output)
    }

    /// Not at once: this may be inside a handler that answers.
    private func planResume() {
        guard !isResumePlanned else { return }
        isResumePlanned = true
        server.loop.defer { [self] in
            isResumePlanned = false
            guard stage == .open, connection.canResume else { return }
            handle(connection.resume(now: server.loop.nowNanoseconds))
        }
    }

    private func closeSilently() {
        beginLingering()
        tcp.closeAfterWrites()
    }

    private func linger() {
        beginLingering()
        if hasPeerEnded { return tcp.closeAfterWrites() }
        tcp.shutdownAfterWrites()
        tcp.startReading()
    }

    private func beginLingering() {
        stage = .lingering
        lingerEnd = server.loop.nowNanoseconds + server.options.lingerMilliseconds * 1_000_000
        server.sessionLingers()
        callCloseHooks()
    }

    private func callCloseHooks() {
        let hooks = closeHooks
        closeHooks = [:]
        // In the order of the requests: a dictionary's own order must not reach the outside.
        for (_, hook) in hooks.sorted(by: { $0.key < $1.key }) { hook() }
        closeStreams()
    }
}
