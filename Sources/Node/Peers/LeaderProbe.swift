import Reactor
import Replica

/// Looks whether a process listens at an address: only a refused connection tells that none does.
struct LeaderProbe {
    let loop: EventLoop
    let resolver: NameResolver
    /// How long to wait for an answer before it counts as silence.
    let timeoutMilliseconds: UInt64

    /// - Parameter completion: called once, from the loop.
    func dial(_ address: String, completion: @escaping (ProbeResult) -> Void) {
        guard let target = HostPort(address) else { return loop.defer { completion(.failed) } }
        resolver.resolve(host: target.host, port: target.port) { result in
            guard case .success(let addresses) = result, let first = addresses.first else { return completion(.failed) }
            TCPConnection.connect(on: loop, to: first, timeoutMilliseconds: timeoutMilliseconds) { result in
                completion(LeaderProbe.close(result))
            }
        }
    }

    private static func close(_ result: Result<TCPConnection, ReactorError>) -> ProbeResult {
        switch result {
        case .failure(let error): return error.isConnectionRefused ? .refused : .failed
        case .success(let connection):
            connection.close()
            return .connected
        }
    }
}
