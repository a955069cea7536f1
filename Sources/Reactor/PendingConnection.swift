import CLibUV

/// A connection being made.
package final class PendingConnection {
    private let loop: EventLoop
    private let address: SocketAddress
    private var timer: Timer?
    private var connection: TCPConnection?
    /// Nil once called or cancelled.
    private var completion: ((Result<TCPConnection, ReactorError>) -> Void)?

    fileprivate init(
        on loop: EventLoop,
        to address: SocketAddress,
        completion: @escaping (Result<TCPConnection, ReactorError>) -> Void
    ) {
        self.loop = loop
        self.address = address
        self.completion = completion
    }

    /// Gives up; the completion is not called any more. Does nothing once it was.
    package func cancel() {
        guard completion != nil else { return }
        connection?.close()
        forgetEverything()
    }

    fileprivate func start(timeoutMilliseconds: UInt64) {
        do {
            try connect()
        } catch {
            return loop.defer { self.finish(.failure(error)) }
        }
        guard timeoutMilliseconds > 0 else { return }
        let timer = Timer(on: loop) { self.finish(.failure(self.error(-ETIMEDOUT))) }
        timer.start(afterMilliseconds: timeoutMilliseconds)
        self.timer = timer
    }

    private func connect() throws(ReactorError) {
        let connection = try TCPConnection(on: loop)
        self.connection = connection
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        let status = address.withSockaddr { raw, _ in
            uv_tcp_connect(request, connection.handle.pointer, raw) { request, status in
                // The handle is still there: libuv ends its requests before it calls back for the closing.
                withOwner(of: request?.pointee.handle) { (connection: TCPConnection) in
                    connection.pendingConnection?.connected(status)
                }
                request?.deallocate()
            }
        }
        guard status == 0 else {
            request.deallocate()
            throw error(status)
        }
        connection.pendingConnection = self
    }

    private func connected(_ status: Int32) {
        guard status == 0, let connection else { return finish(.failure(error(status))) }
        connection.remoteAddress = address
        finish(.success(connection))
    }

    private func finish(_ result: Result<TCPConnection, ReactorError>) {
        guard let completion else { return }
        if case .failure = result { connection?.close() }
        forgetEverything()
        completion(result)
    }

    /// Undoes the references that kept this alive while it waited.
    private func forgetEverything() {
        completion = nil
        timer?.close()
        timer = nil
        connection?.pendingConnection = nil
        connection = nil
    }

    private func error(_ status: Int32) -> ReactorError {
        ReactorError(status: status, operation: "connect to \(address)")
    }
}

extension TCPConnection {
    /// Makes a connection.
    /// - Parameters:
    ///   - timeoutMilliseconds: after this the attempt fails with `ETIMEDOUT`; 0 leaves that to the kernel, which takes
    ///     minutes.
    ///   - completion: called once from the loop, never from within this call, unless cancelled. It sets the
    ///     connection's delegate, then starts reading, or closes it.
    @discardableResult
    package static func connect(
        on loop: EventLoop,
        to address: SocketAddress,
        timeoutMilliseconds: UInt64,
        completion: @escaping (Result<TCPConnection, ReactorError>) -> Void
    ) -> PendingConnection {
        let pending = PendingConnection(on: loop, to: address, completion: completion)
        pending.start(timeoutMilliseconds: timeoutMilliseconds)
        return pending
    }
}
