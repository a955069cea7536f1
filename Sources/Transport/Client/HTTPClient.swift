package import HTTP
package import Reactor

/// One kept-alive connection to one server, requests pipelined on it; made when first needed and again after it is lost.
///
/// Requests that wait are sent in order. A request without an answer by its deadline ends the connection, since HTTP/1.1 answers in
/// order and nothing behind it could come either. Completions are called once each, from the loop, never from within a call
/// to the client.
package final class HTTPClient {
    package typealias Completion = (Result<HTTPResponseMessage, HTTPClientError>) -> Void

    enum State {
        case idle
        /// After a failure, until the back-off is over.
        case pausing
        case resolving
        case dialling(PendingConnection)
        case connected(TCPConnection)
        case closed
    }

    /// Called when a connection that was made is lost, whoever ended it, except by `close()`.
    package var onDisconnect: ((HTTPClientError) -> Void)?

    let loop: EventLoop
    private let resolver: NameResolver
    private let host: String
    private let port: UInt16
    private let options: HTTPClientOptions
    private let authority: String
    private(set) var state = State.idle
    /// The protocol's side of the connection; a new one for each.
    private var connection: ClientConnection
    private var hasAnswered = false
    private var waiting: [HTTPExchange] = []
    private(set) var inFlight: [HTTPExchange] = []
    /// The reading is left alone until whoever takes an answer in parts has room; see `HTTPClient+Streaming.swift`.
    var isPaused = false
    /// How long nothing may come of an answer that is taken in parts.
    var silenceMilliseconds: UInt64 = 0
    private var queuedBytes = 0
    private var backoff: Backoff
    private var attempts = 0
    private var pauseEnd: UInt64 = 0
    private var pauseTimer: Timer?
    private var deadlineTimer: Timer?
    /// When the deadline timer fires.
    private var armedFor: UInt64?

    /// - Parameters:
    ///   - host: a name or an IP address, without brackets.
    ///   - random: where the jitter comes from; seed it.
    package init(
        on loop: EventLoop, resolver: NameResolver, host: String, port: UInt16,
        options: HTTPClientOptions = HTTPClientOptions(), random: any RandomNumberGenerator
    ) {
        self.loop = loop
        self.resolver = resolver
        self.host = host
        self.port = port
        self.options = options
        authority = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        connection = ClientConnection(authority: authority, limits: options.limits)
        backoff = Backoff(
            minMilliseconds: options.backoffMinMilliseconds, maxMilliseconds: options.backoffMaxMilliseconds,
            random: random
        )
        pauseTimer = Timer(on: loop) { [weak self] in self?.pauseEnded() }
        deadlineTimer = Timer(on: loop) { [weak self] in self?.deadlineReached() }
    }

    package var isConnected: Bool { if case .connected = state { true } else { false } }

    /// Requests without an answer, sent or not.
    package var outstanding: Int { waiting.count + inFlight.count }

    /// Sends a request, making the connection first if there is none.
    ///
    /// - Parameter timeoutMilliseconds: until the answer is complete, counted from now.
    package func send(
        _ request: HTTPRequestMessage, timeoutMilliseconds: UInt64, completion: @escaping Completion
    ) {
        enqueue(request, timeoutMilliseconds: timeoutMilliseconds, .whole(completion))
    }

    func enqueue(
        _ request: HTTPRequestMessage, timeoutMilliseconds: UInt64, _ recipient: HTTPExchange.Recipient
    ) {
        let deadline = loop.nowNanoseconds + timeoutMilliseconds * 1_000_000
        let exchange = HTTPExchange(request, deadline: deadline, recipient: recipient)
        if case .closed = state { return fail(exchange, .notSent("the client is closed")) }
        guard outstanding < options.maxRequests, queuedBytes + exchange.bytes <= options.maxBytes else {
            return fail(exchange, .overloaded)
        }
        queuedBytes += exchange.bytes
        waiting.append(exchange)
        arm(for: deadline)
        advance()
    }

    /// Ends the connection and every request. Nothing can be sent any more. Idempotent.
    package func close() {
        switch state {
        case .closed: return
        case .dialling(let pending): pending.cancel()
        case .connected(let tcp): tcp.close()
        case .idle, .pausing, .resolving: break
        }
        state = .closed
        pauseTimer?.close()
        deadlineTimer?.close()
        (pauseTimer, deadlineTimer) = (nil, nil)
        for exchange in takeInFlight() { fail(exchange, .lost("the client was closed")) }
        for exchange in takeWaiting() { fail(exchange, .notSent("the client was closed")) }
    }

    /// Later, so that no completion runs inside a call to the client.
    private func fail(_ exchange: HTTPExchange, _ error: HTTPClientError) {
        loop.defer { exchange.fail(error) }
    }

    /// Does what the state allows for the requests that wait.
    private func advance() {
        guard !waiting.isEmpty else { return }
        switch state {
        case .connected(let tcp): pump(tcp)
        case .idle: dialWhenDue()
        case .pausing, .resolving, .dialling, .closed: break
        }
    }

    private func pump(_ tcp: TCPConnection) {
        var sent = 0
        while sent < waiting.count, inFlight.count < options.maxInFlight, connection.isOpen, !tcp.isCongested {
            connection.send(waiting[sent].request, takesParts: waiting[sent].receiver != nil)
            tcp.write(connection.takeOutput())
            inFlight.append(waiting[sent])
            sent += 1
        }
        waiting.removeFirst(sent)
    }

    private func takeInFlight() -> [HTTPExchange] {
        defer { inFlight = [] }
        for exchange in inFlight { queuedBytes -= exchange.bytes }
        return inFlight
    }

    private func takeWaiting() -> [HTTPExchange] {
        defer { waiting = [] }
        for exchange in waiting { queuedBytes -= exchange.bytes }
        return waiting
    }
}

// MARK: - Making the connection

extension HTTPClient {
    private func dialWhenDue() {
        let now = loop.nowNanoseconds
        if now < pauseEnd {
            state = .pausing
            pauseTimer?.start(afterMilliseconds: (pauseEnd - now + 999_999) / 1_000_000)
            return
        }
        state = .resolving
        resolver.resolve(host: host, port: port) { [weak self] result in self?.resolved(result) }
    }

    private func pauseEnded() {
        guard case .pausing = state else { return }
        state = .idle
        advance()
    }

    private func resolved(_ result: Result<[SocketAddress], ReactorError>) {
        guard case .resolving = state else { return }
        switch result {
        case .failure(let error): dialFailed(.notSent("\(error)"))
        case .success(let addresses):
            // A host with several addresses is tried at the next one each time.
            let address = addresses[attempts % addresses.count]
            attempts += 1
            let pending = TCPConnection.connect(
                on: loop, to: address, timeoutMilliseconds: options.connectTimeoutMilliseconds
            ) { [weak self] result in
                guard let self else { return discard(result) }
                dialled(result)
            }
            state = .dialling(pending)
        }
    }

    private func dialled(_ result: Result<TCPConnection, ReactorError>) {
        switch result {
        case .failure(let error): dialFailed(error.isConnectionRefused ? .refused(error) : .notSent("\(error)"))
        case .success(let tcp):
            if let milliseconds = options.userTimeoutMilliseconds { tcp.setUserTimeout(milliseconds: milliseconds) }
            tcp.delegate = self
            connection = ClientConnection(authority: authority, limits: options.limits)
            hasAnswered = false
            isPaused = false
            state = .connected(tcp)
            // The address works: the next time starts with it.
            attempts -= 1
            tcp.startReading()
            advance()
        }
    }

    private func dialFailed(_ error: HTTPClientError) {
        state = .idle
        pause()
        for exchange in takeWaiting() { exchange.fail(error) }
        advance()
    }

    private func pause() { pauseEnd = loop.nowNanoseconds + backoff.failed() * 1_000_000 }
}

/// Nobody is left to use the connection.
private func discard(_ result: Result<TCPConnection, ReactorError>) {
    if case .success(let tcp) = result { tcp.close() }
}

// MARK: - TCPConnectionDelegate

extension HTTPClient: TCPConnectionDelegate {
    package func received(_ bytes: UnsafeRawBufferPointer, on tcp: TCPConnection) {
        guard isCurrent(tcp) else { return }
        let (events, failure) = connection.receive(bytes.assumingMemoryBound(to: UInt8.self).span)
        handOn(events)
        guard isCurrent(tcp) else { return }
        if let failure {
            disconnect(tcp, .malformed(failure))
        } else if !connection.isOpen {
            disconnect(tcp, .lost("the server announced the end of the connection"))
        } else {
            advance()
        }
    }

    package func receivedEnd(on tcp: TCPConnection) {
        guard isCurrent(tcp) else { return }
        do throws(HTTPParseError) {
            handOn(try connection.receiveEnd())
            disconnect(tcp, .lost("the server closed the connection"))
        } catch {
            disconnect(tcp, .lost(error.message))
        }
    }

    package func drained(_ tcp: TCPConnection) {
        if isCurrent(tcp) { advance() }
    }

    package func closed(_ tcp: TCPConnection, error: ReactorError?) {
        guard isCurrent(tcp) else { return }
        disconnect(tcp, .lost(error.map { "\($0)" } ?? "the connection was closed"))
    }

    private func isCurrent(_ tcp: TCPConnection) -> Bool {
        if case .connected(let current) = state { current === tcp } else { false }
    }

    /// Completions may send and close: the books are in order before the first is called.
    private func handOn(_ events: [ClientConnection.Event]) {
        guard !events.isEmpty else { return }
        hasAnswered = true
        backoff.succeeded()
        var done = 0
        let exchanges = events.map { event in
            let exchange = inFlight[done]
            switch event {
            case .head, .body: expectMore(of: exchange)
            case .answer, .end:
                done += 1
                queuedBytes -= exchange.bytes
            }
            return exchange
        }
        inFlight.removeFirst(done)
        for (exchange, event) in zip(exchanges, events) { exchange.take(event) }
    }

    /// - Parameter error: for the requests in flight, unless they are past their own deadline.
    private func disconnect(_ tcp: TCPConnection, _ error: HTTPClientError, now: UInt64 = 0) {
        guard isCurrent(tcp) else { return }
        state = .idle
        tcp.close()
        // A server that answered may be dialled again at once; one that only accepts must not be hammered.
        if !hasAnswered { pause() }
        let lost = takeInFlight()
        for exchange in lost {
            exchange.fail(exchange.deadline <= now ? .timedOut(wasSent: true) : error)
        }
        onDisconnect?(error)
        if case .idle = state { advance() }
    }
}

// MARK: - Time

extension HTTPClient {
    func arm(for deadline: UInt64) {
        if let armedFor, armedFor <= deadline { return }
        armedFor = deadline
        let now = loop.nowNanoseconds
        let distance = deadline > now ? deadline - now : 0
        deadlineTimer?.start(afterMilliseconds: (distance + 999_999) / 1_000_000)
    }

    private func deadlineReached() {
        armedFor = nil
        let now = loop.nowNanoseconds
        let expired = waiting.filter { $0.deadline <= now }
        if !expired.isEmpty { waiting.removeAll { $0.deadline <= now } }
        for exchange in expired { queuedBytes -= exchange.bytes }
        for exchange in expired { exchange.fail(.timedOut(wasSent: false)) }
        if case .connected(let tcp) = state, inFlight.contains(where: { $0.deadline <= now }) {
            disconnect(tcp, .lost("a request before or behind it had no answer in time"), now: now)
        }
        if let next = (waiting + inFlight).map(\.deadline).min(), next != .max { arm(for: next) }
    }
}
