import Reactor
import Transport

/// Writes, and reads only when the test says so.
final class SilentClient: TCPConnectionDelegate {
    var connection: TCPConnection?
    private(set) var receivedBytes = 0
    private(set) var error: ReactorError?
    private(set) var hasEnded = false

    /// Connects and writes `bytes`.
    static func connect(_ bench: TestBench, to server: HTTPServer, writing bytes: [UInt8]) -> SilentClient {
        let client = SilentClient()
        TCPConnection.connect(on: bench.loop, to: server.address, timeoutMilliseconds: 5_000) { result in
            guard case .success(let tcp) = result else { return }
            tcp.delegate = client
            client.connection = tcp
            tcp.write(bytes)
        }
        return client
    }

    func received(_ bytes: UnsafeRawBufferPointer, on _: TCPConnection) { receivedBytes += bytes.count }
    func receivedEnd(on _: TCPConnection) { hasEnded = true }
    func drained(_: TCPConnection) {}
    func closed(_: TCPConnection, error: ReactorError?) { self.error = error }
}

/// Looks at a condition every few milliseconds and goes on when it holds.
final class Waiter {
    private let condition: () -> Bool
    private var timer: Timer?
    private let loop: EventLoop

    init(_ loop: EventLoop, until condition: @escaping () -> Bool) {
        self.loop = loop
        self.condition = condition
    }

    func then(_ action: @escaping () -> Void) {
        let timer = Timer(on: loop) { [self] in
            guard condition() else { return }
            self.timer?.close()
            self.timer = nil
            action()
        }
        timer.start(afterMilliseconds: 0, repeatingMilliseconds: 2)
        self.timer = timer
    }
}
