import HTTP
import Reactor
import Testing
import Transport

/// A loop with what a test needs around it; `run()` fails the test when it takes implausibly long or leaks a handle.
final class TestBench {
    let loop: EventLoop
    let resolver: NameResolver
    private var watchdog: Timer?

    init() throws {
        SignalWatcher.ignorePipe()
        loop = try EventLoop()
        resolver = NameResolver(on: loop)
    }

    /// Runs until every handle is closed: each test closes what it opened, so a leak shows as a loop that goes on.
    func run(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var isStuck = false
        let watchdog = Timer(on: loop) { [loop] in
            isStuck = true
            loop.stop()
        }
        watchdog.start(afterMilliseconds: 20_000)
        self.watchdog = watchdog
        loop.run()
        watchdog.close()
        #expect(!isStuck, "the loop did not come to its end", sourceLocation: sourceLocation)
        guard !isStuck else { return }
        try loop.close()
        #expect(loop.openHandles == 0, sourceLocation: sourceLocation)
    }

    /// To be called when the test has seen everything: nothing but leaks keeps the loop going now.
    func finish() { watchdog?.close() }

    func server(
        port: UInt16 = 0, options: HTTPServerOptions = HTTPServerOptions(), _ handler: @escaping HTTPServer.Handler
    ) throws -> HTTPServer {
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: port))
        return try HTTPServer(on: loop, address: address, options: options, handler: handler)
    }

    func client(_ port: UInt16, options: HTTPClientOptions = HTTPClientOptions()) -> HTTPClient {
        HTTPClient(
            on: loop, resolver: resolver, host: "127.0.0.1", port: port, options: options, random: TestRandom(state: 1)
        )
    }

    /// Writes `bytes` on a raw connection and hands over all that came back until the server closed it.
    func exchange(
        _ bytes: [UInt8], with server: HTTPServer, completion: @escaping (String) -> Void
    ) {
        TCPConnection.connect(on: loop, to: server.address, timeoutMilliseconds: 5_000) { result in
            guard case .success(let tcp) = result else { return completion("no connection: \(result)") }
            tcp.delegate = RawClient(completion)
            tcp.write(bytes)
            tcp.startReading()
        }
    }
}

/// Collects what a server sends.
private final class RawClient: TCPConnectionDelegate {
    private let completion: (String) -> Void
    private var bytes: [UInt8] = []

    init(_ completion: @escaping (String) -> Void) { self.completion = completion }

    func received(_ bytes: UnsafeRawBufferPointer, on _: TCPConnection) { self.bytes.append(contentsOf: bytes) }

    func receivedEnd(on connection: TCPConnection) { connection.close() }

    func drained(_: TCPConnection) {}

    func closed(_: TCPConnection, error: ReactorError?) {
        completion(String(decoding: bytes, as: UTF8.self) + (error.map { " \($0.name)" } ?? ""))
    }
}

/// A server that accepts and does with each connection what the test says.
final class RawServer: TCPConnectionDelegate {
    private(set) var listener: TCPListener?
    private var connections: [TCPConnection] = []
    private let onBytes: (TCPConnection) -> Void

    init(on loop: EventLoop, onBytes: @escaping (TCPConnection) -> Void) throws {
        self.onBytes = onBytes
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        listener = try TCPListener(on: loop, address: address) { [unowned self] tcp in
            tcp.delegate = self
            connections.append(tcp)
            tcp.startReading()
        }
    }

    var port: UInt16 { listener?.address.port ?? 0 }

    func close() {
        listener?.close()
        for connection in connections { connection.close() }
    }

    func received(_: UnsafeRawBufferPointer, on connection: TCPConnection) { onBytes(connection) }
    func receivedEnd(on connection: TCPConnection) { connection.close() }
    func drained(_: TCPConnection) {}
    func closed(_: TCPConnection, error _: ReactorError?) {}
}

/// SplitMix64.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A result as a word, to compare.
func summary(_ result: Result<HTTPResponseMessage, HTTPClientError>) -> String {
    switch result {
    case .success(let response): "\(response.status.code) \(String(decoding: response.body, as: UTF8.self))"
    case .failure(.overloaded): "overloaded"
    case .failure(.refused): "refused"
    case .failure(.notSent): "not sent"
    case .failure(.lost): "lost"
    case .failure(.timedOut(let wasSent)): wasSent ? "timed out, sent" : "timed out, not sent"
    case .failure(.malformed): "malformed"
    }
}

func echo(_ request: HTTPRequest) -> HTTPResponse {
    HTTPResponse(.ok, contentType: "text/plain", body: Array(request.path) + request.body)
}
