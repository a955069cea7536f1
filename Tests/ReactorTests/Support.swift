import Reactor
import Testing

/// One after the other: they share the process's descriptors, signals and libuv's pool.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ReactorTests {}

let anyPort = SocketAddress(ip: "127.0.0.1", port: 0)!

/// Sets things up on a loop, runs it until nothing is left to wait for, and expects it to be left clean.
func onLoop(_ body: (EventLoop) throws -> Void) throws {
    SignalWatcher.ignorePipe()
    let loop = try EventLoop()
    try body(loop)
    loop.run()
    #expect(loop.openHandles == 0)
    try loop.close()
}

/// A delegate that notes everything and does what a test tells it to.
final class Peer: TCPConnectionDelegate {
    var bytes: [UInt8] = []
    var readCount = 0
    var endCount = 0
    var drainedCount = 0
    var closedCount = 0
    var error: ReactorError?
    var onReceived: (TCPConnection, [UInt8]) -> Void = { _, _ in }
    var onEnd: (TCPConnection) -> Void = { $0.close() }
    var onDrained: (TCPConnection) -> Void = { _ in }
    var onClosed: () -> Void = {}

    func received(_ bytes: UnsafeRawBufferPointer, on connection: TCPConnection) {
        #expect(closedCount == 0 && !connection.isClosed && !bytes.isEmpty)
        readCount += 1
        self.bytes.append(contentsOf: bytes)
        onReceived(connection, Array(bytes))
    }

    func receivedEnd(on connection: TCPConnection) {
        #expect(closedCount == 0 && !connection.isClosed)
        endCount += 1
        onEnd(connection)
    }

    func drained(_ connection: TCPConnection) {
        #expect(closedCount == 0 && !connection.isClosed && !connection.isCongested)
        drainedCount += 1
        onDrained(connection)
    }

    func closed(_ connection: TCPConnection, error: ReactorError?) {
        #expect(connection.isClosed)
        closedCount += 1
        self.error = error
        onClosed()
    }
}

/// Two connected ends with their delegates, not reading yet; the listener is closed.
func connectPair(
    on loop: EventLoop,
    _ clientPeer: Peer,
    _ serverPeer: Peer,
    _ ready: @escaping (_ client: TCPConnection, _ server: TCPConnection) -> Void
) throws {
    var client: TCPConnection?
    var server: TCPConnection?
    var listener: TCPListener?
    func meet() {
        guard let client, let server else { return }
        listener?.close()
        ready(client, server)
    }
    listener = try TCPListener(on: loop, address: anyPort) { accepted in
        accepted.delegate = serverPeer
        server = accepted
        meet()
    }
    TCPConnection.connect(on: loop, to: listener!.address, timeoutMilliseconds: 0) { result in
        switch result {
        case .success(let connected):
            connected.delegate = clientPeer
            client = connected
            meet()
        case .failure(let error):
            Issue.record(error)
            listener?.close()
        }
    }
}

/// A small generator, so that a failure can be repeated by its seed.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(state: seed)
    return [UInt8](unsafeUninitializedCapacity: count + 7) { buffer, filled in
        for offset in stride(from: 0, to: count, by: 8) {
            UnsafeMutableRawBufferPointer(buffer).storeBytes(
                of: generator.next(), toByteOffset: offset, as: UInt64.self)
        }
        filled = count
    }
}
