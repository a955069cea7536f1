package import HTTP
import Reactor

/// Answers that are taken as they come.
extension HTTPClient {
    /// Sends a request whose answer is taken in parts. Answers come in order: whatever is sent behind it waits until it has ended, so a
    /// long stream wants a client of its own. To give it up, close the client.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: until the head of the answer, counted from now.
    ///   - silenceMilliseconds: how long nothing may come after it, pauses not counted.
    package func stream(
        _ request: HTTPRequestMessage, timeoutMilliseconds: UInt64, silenceMilliseconds: UInt64,
        to receiver: ResponseReceiver
    ) {
        self.silenceMilliseconds = silenceMilliseconds
        enqueue(request, timeoutMilliseconds: timeoutMilliseconds, .parts(receiver))
    }

    /// Leaves what comes on the connection in the kernel, until `resumeReading()` or the connection's end: the server is slowed down.
    package func pauseReading() {
        guard !isPaused else { return }
        isPaused = true
        for exchange in inFlight { exchange.deadline = .max }
        if case .connected(let tcp) = state { tcp.stopReading() }
    }

    package func resumeReading() {
        guard isPaused else { return }
        isPaused = false
        for exchange in inFlight { expectMore(of: exchange) }
        if case .connected(let tcp) = state { tcp.startReading() }
    }

    /// The clock of a stream begins anew with everything that comes.
    func expectMore(of exchange: HTTPExchange) {
        exchange.deadline = isPaused ? .max : loop.nowNanoseconds + silenceMilliseconds * 1_000_000
        if !isPaused { arm(for: exchange.deadline) }
    }
}
