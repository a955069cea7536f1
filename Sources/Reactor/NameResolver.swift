import CLibUV

/// Finds the addresses of hosts, on libuv's pool of threads.
///
/// At most two look-ups run at once, so that a name service that hangs leaves the pool to the disk. Requests for a host
/// that is being looked up wait for that. Answers are kept for a while.
package final class NameResolver {
    package typealias Completion = (Result<[SocketAddress], ReactorError>) -> Void

    /// How many look-ups run at once.
    static let maximumLookups = 2
    /// When more answers than this are kept, they are forgotten and found again.
    private static let maximumCached = 1024

    private struct Answer {
        /// The addresses, with port 0.
        let result: Result<[SocketAddress], ReactorError>
        let expiryNanoseconds: UInt64
    }

    /// How many look-ups were made: requests less those answered otherwise.
    package private(set) var lookupCount = 0

    private let loop: EventLoop
    private let goodForMilliseconds: UInt64
    private let badForMilliseconds: UInt64
    private var cache: [String: Answer] = [:]
    private var waiting = FIFO<String>()
    private var running = 0
    /// By host, waiting or running: who asked.
    private var requests: [String: [(port: UInt16, completion: Completion)]] = [:]

    /// - Parameters:
    ///   - goodForMilliseconds: how long addresses are kept.
    ///   - badForMilliseconds: how long failures are kept.
    package init(on loop: EventLoop, goodForMilliseconds: UInt64 = 10_000, badForMilliseconds: UInt64 = 1_000) {
        self.loop = loop
        self.goodForMilliseconds = goodForMilliseconds
        self.badForMilliseconds = badForMilliseconds
    }

    /// Finds the addresses of `host`, a name or a numeric address, in the order the system prefers them.
    /// - Parameters:
    ///   - port: given to each address.
    ///   - completion: called once from the loop, never from within this call. A success has one address or more.
    package func resolve(host: String, port: UInt16, completion: @escaping Completion) {
        if let numeric = SocketAddress(ip: host, port: port) {
            return loop.defer { completion(.success([numeric])) }
        }
        if let answer = cache[host], loop.nowNanoseconds < answer.expiryNanoseconds {
            return loop.defer { completion(answer.result.map { $0.map { $0.with(port: port) } }) }
        }
        if requests[host] == nil { waiting.append(host) }
        requests[host, default: []].append((port, completion))
        startLookups()
    }

    private func startLookups() {
        while running < Self.maximumLookups, let host = waiting.popFirst() {
            running += 1
            lookupCount += 1
            start(Lookup(of: host, for: self))
        }
    }

    private func start(_ lookup: Lookup) {
        if let error = lookup.start(on: loop) {
            loop.defer { self.ended(lookup.host, .failure(error)) }
        }
    }

    /// Keeps the answer and gives it to all who asked.
    fileprivate func ended(_ host: String, _ result: Result<[SocketAddress], ReactorError>) {
        running -= 1
        remember(host, result)
        let asked = requests.removeValue(forKey: host) ?? []
        startLookups()
        for (port, completion) in asked {
            completion(result.map { $0.map { $0.with(port: port) } })
        }
    }

    private func remember(_ host: String, _ result: Result<[SocketAddress], ReactorError>) {
        if cache.count >= Self.maximumCached { cache.removeAll() }
        let milliseconds =
            switch result {
            case .success: goodForMilliseconds
            case .failure: badForMilliseconds
            }
        cache[host] = Answer(result: result, expiryNanoseconds: loop.nowNanoseconds + milliseconds * 1_000_000)
    }
}

/// One call of `getaddrinfo`.
private final class Lookup {
    let host: String
    private let resolver: NameResolver

    init(of host: String, for resolver: NameResolver) {
        self.host = host
        self.resolver = resolver
    }

    /// Starts; the resolver hears of the end.
    /// - Returns: an error when there is nothing to wait for.
    func start(on loop: EventLoop) -> ReactorError? {
        // C would look up what stands before a zero byte.
        guard !host.isEmpty, !host.utf8.contains(0) else { return error(UV_EAI_NONAME.rawValue) }
        let request = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        let status = uv_getaddrinfo(
            loop.pointer,
            request,
            { request, status, found in
                guard let request else { preconditionFailure("libuv ended a look-up of nobody") }
                let lookup = Lookup.taken(from: request)
                lookup.ended(status, found)
                uv_freeaddrinfo(found)
            },
            host,
            nil,
            &hints
        )
        guard status != 0 else { return nil }
        return Lookup.taken(from: request).error(status)
    }

    /// Frees the request and gives back the look-up that it held.
    private static func taken(from request: UnsafeMutablePointer<uv_getaddrinfo_t>) -> Lookup {
        guard let data = request.pointee.data else { preconditionFailure("a libuv request without its look-up") }
        request.deallocate()
        return Unmanaged<Lookup>.fromOpaque(data).takeRetainedValue()
    }

    private func ended(_ status: Int32, _ found: UnsafeMutablePointer<addrinfo>?) {
        guard status == 0 else { return resolver.ended(host, .failure(error(status))) }
        let addresses = sequence(first: found, next: { $0?.pointee.ai_next })
            .prefix { $0 != nil }
            .compactMap { $0?.pointee.ai_addr.flatMap { SocketAddress($0) } }
        resolver.ended(host, addresses.isEmpty ? .failure(error(UV_EAI_NONAME.rawValue)) : .success(addresses))
    }

    private func error(_ status: Int32) -> ReactorError {
        ReactorError(status: status, operation: "resolve \(host)")
    }
}
