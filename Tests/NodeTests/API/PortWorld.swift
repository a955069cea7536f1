import HTTP
import Raft
import Reactor
import Replica
import StateMachine
import Testing
import Transport

@testable import Node

/// A client port on a real socket, with a replica that knows only a state machine.
final class PortWorld {
    let loop: EventLoop
    private(set) var port: ClientPort?
    var state = StateMachine()
    /// What is known against it.
    var conviction: String?
    /// What is answered instead of what the state machine says.
    var answer: Answer?
    /// Whether answers are kept until the port was told to stop.
    var holdsAnswers = false
    private var held: [() -> Void] = []
    var heldAnswers: Int { held.count }
    var answersWhenStopping = false
    /// What the replica was asked.
    private(set) var asked: [ClientRequest.Body] = []
    /// What was passed on to other nodes.
    private(set) var relayed: [(holder: InstanceID, message: RelayedMessage)] = []
    static let instance = InstanceID(high: 1, low: 2)
    private var clients: [HTTPClient] = []
    private let resolver: NameResolver
    private var watchdog: Timer?
    private var poll: Timer?
    private var steps: [(condition: () -> Bool, action: () -> Void)] = []

    /// - Parameter connections: how many clients are served at once; half of them may watch.
    init(
        connections: Int = 100, times: StreamTimes = StreamTimes(), maxValueSize: Int = 2 << 20,
        transport: ClientOptions.Transport = .streamableHTTP
    ) throws {
        SignalWatcher.ignorePipe()
        loop = try EventLoop()
        resolver = NameResolver(on: loop)
        let common = CommonEndpoints(
            state: { preconditionFailure("nobody asks") }, metrics: { preconditionFailure("nobody asks") })
        port = try ClientPort(
            on: loop, address: try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
            limit: try ConnectionLimit(requested: connections, descriptorLimit: 4096), maxValueSize: maxValueSize,
            transport: transport, instance: PortWorld.instance, common: common,
            browserGuard: BrowserGuard(try options("--http-port 0")),
            times: times, state: { [unowned self] in state },
            conviction: { [unowned self] in conviction },
            relay: { [unowned self] in
                relayed.append(($0, $1))
                $2(HTTPResponse(.accepted))
            }
        ) { [unowned self] in receive($0) }
    }

    private func receive(_ input: Input) {
        guard case .client(let request) = input else { return }
        asked.append(request.body)
        let give = { [self] in port?.answer(answer ?? result(of: request.body), to: request.id) ?? () }
        if holdsAnswers { held.append(give) } else { loop.defer(give) }
    }

    private func result(of body: ClientRequest.Body) -> Answer {
        switch body {
        case .read(.revision, _): return .revision(state.lastApplied)
        case .read(.snapshot, _): return .snapshot(state.view())
        case .read(.session(let query), _): return .session(state.answer(query))
        case .read(.heap(let query), _): return .heap(state.answer(query))
        case .write(let operation, _):
            guard let outcome = state.perform(operation) else { return .wrong }
            port?.applied()
            return .outcome(outcome)
        default: return .wrong
        }
    }

    func put(_ key: String, _ value: [UInt8] = [0x76]) {
        state.put(key, value)
        port?.applied()
    }

    /// Asks on a connection of its own, and takes the answer as it comes.
    func get(_ target: String, _ headers: [HTTPHeader] = [], _ method: HTTPMethod = .get, body: [UInt8] = []) -> Reply {
        let client = HTTPClient(
            on: loop, resolver: resolver, host: "127.0.0.1", port: port?.address.port ?? 0,
            random: SeededRandom(seed: 1))
        clients.append(client)
        let reply = Reply(client)
        client.stream(
            HTTPRequestMessage(method, target, headers: headers, body: body), timeoutMilliseconds: 10_000,
            silenceMilliseconds: 10_000,
            to: ResponseReceiver(
                onHead: { reply.head = $0 }, onBody: { reply.body += $0 }, onEnd: { reply.end = $0 }))
        return reply
    }

    /// When `condition` holds, and all before it are done, `action` follows.
    func when(_ condition: @escaping () -> Bool, _ action: @escaping () -> Void) { steps.append((condition, action)) }

    /// Runs all steps, closes everything, and fails the test if that does not come to its end.
    func run(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var isStuck = false
        let watchdog = Timer(on: loop) { [loop] in
            isStuck = true
            loop.stop()
        }
        watchdog.start(afterMilliseconds: 20_000)
        self.watchdog = watchdog
        let poll = Timer(on: loop) { [unowned self] in step() }
        poll.start(afterMilliseconds: 0, repeatingMilliseconds: 2)
        self.poll = poll
        loop.run()
        #expect(!isStuck, "\(steps.count) steps are left", sourceLocation: sourceLocation)
        guard !isStuck else { return }
        try loop.close()
    }

    private func step() {
        while let (condition, action) = steps.first, condition() {
            steps.removeFirst()
            action()
        }
        guard steps.isEmpty else { return }
        poll?.close()
        port?.drain(withinMilliseconds: 5_000) { [self] in
            for client in clients { client.close() }
            watchdog?.close()
            port = nil
        }
        guard answersWhenStopping else { return }
        // The port has told its streams by now.
        loop.defer { [self] in for give in held { give() } }
    }
}

/// An answer on its way.
final class Reply {
    let client: HTTPClient
    fileprivate(set) var head: HTTPResponseMessage?
    fileprivate(set) var body: [UInt8] = []
    fileprivate(set) var end: Result<Void, HTTPClientError>?

    init(_ client: HTTPClient) { self.client = client }

    var text: String { String(decoding: body, as: UTF8.self) }
    var status: UInt16? { head?.status.code }
    var isWhole: Bool { if case .success? = end { true } else { false } }
    /// The ids of puts and deletes that came.
    var changes: [String] {
        text.split(separator: "\n\n").filter { $0.hasPrefix("event: put") || $0.hasPrefix("event: delete") }
            .flatMap { eventIDs(Array($0.utf8)) }
    }
}

extension Answer {
    fileprivate static let wrong = Answer.unavailable(reason: "nobody should ask this")
}
