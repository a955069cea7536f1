import HTTP
import Reactor
import Transport

/// The cluster as one partner: a request goes to one node after the other until one answers it, as long as a repetition can do no
/// harm.
final class ClusterClient {
    /// Which of a node's two ports a request belongs to.
    enum Port {
        case cluster
        case client
    }

    /// What sending a request twice would do.
    enum Effect {
        /// It changes nothing.
        case none
        /// It changes the same once: it carries an idempotency key, or says what is to be and not what to do.
        case once
        /// It may change something each time.
        case eachTime
    }

    let nodes: Cluster
    let endpoints: [Address]
    let timeoutMilliseconds: UInt64

    /// A node that accepts connections and is stopped must not eat up all the time that the others could use.
    private static let attemptMilliseconds: UInt64 = 3_000
    /// An attempt that begins in time may end a little later: a node without a leader says so only after it has looked for one,
    /// and whoever hangs up before makes a clear refusal an unknown outcome.
    private static let leastAttemptMilliseconds: UInt64 = 2_000
    private static let pauseMilliseconds: UInt64 = 100

    private var clientAddresses: [Address] = []

    init(_ nodes: Cluster, endpoints: [Address], timeoutSeconds: Int) {
        self.nodes = nodes
        self.endpoints = endpoints
        timeoutMilliseconds = UInt64(timeoutSeconds) * 1000
    }

    /// Sends a request until a node answers it for good: with anything but 503 (no leader, too much in flight) and 504.
    ///
    /// - Throws: exit 69 when none did in time and nothing can have happened; 75 when it may have.
    func send(
        _ request: HTTPRequestMessage, to port: Port = .client, effect: Effect
    ) throws(ToolFailure) -> HTTPResponseMessage {
        let deadline = nodes.loop.nowNanoseconds + timeoutMilliseconds * 1_000_000
        var attempts = Attempts(effect: effect)
        while true {
            for address in addresses(of: port) {
                let now = nodes.loop.nowNanoseconds
                guard now < deadline else { throw attempts.failure(endpoints) }
                let rest = max((deadline - now) / 1_000_000, ClusterClient.leastAttemptMilliseconds)
                let patience = effect == .eachTime ? rest : min(rest, ClusterClient.attemptMilliseconds)
                let answer = nodes.ask([(address, request)], timeoutMilliseconds: patience)[0]
                if let response = try attempts.judge(answer, of: address) { return response }
            }
            guard nodes.loop.nowNanoseconds < deadline else { throw attempts.failure(endpoints) }
            forgetClientAddresses()
            nodes.pause(milliseconds: ClusterClient.pauseMilliseconds)
        }
    }

    /// Client addresses of the members, the leader's first; empty while no node answers that knows any.
    func findClientAddresses() -> [Address] {
        guard clientAddresses.isEmpty else { return clientAddresses }
        var status = nodes.firstStatus(from: endpoints) { !$0.clientAddresses.isEmpty }
        if let known = status, known.clientAddresses.isEmpty {
            let others = known.memberAddresses.compactMap { Address($0.address) }.filter { !endpoints.contains($0) }
            status = nodes.firstStatus(from: others) { !$0.clientAddresses.isEmpty }
        }
        guard let status else { return [] }
        let found = status.clientAddresses
        let leader = found.filter { $0.id == status.leaderID }
        clientAddresses = (leader + found.filter { $0.id != status.leaderID }).map(\.address)
        return clientAddresses
    }

    /// Has the next request look for them again: the members may have changed.
    func forgetClientAddresses() { clientAddresses = [] }

    /// The status of any node, of one that knows a leader if there is one.
    /// - Throws: exit 69 when no node answers in time.
    func status() throws(ToolFailure) -> NodeStatus {
        let deadline = nodes.loop.nowNanoseconds + timeoutMilliseconds * 1_000_000
        while true {
            if let status = nodes.firstStatus(from: endpoints, where: { $0.leaderID != nil }) { return status }
            guard nodes.loop.nowNanoseconds < deadline else { throw Attempts(effect: .none).failure(endpoints) }
            nodes.pause(milliseconds: ClusterClient.pauseMilliseconds)
        }
    }

    /// The status of the leader if it answers, else of a node that knows one, else of any.
    /// - Throws: exit 69 when no node answers in time.
    func leaderStatus() throws(ToolFailure) -> NodeStatus {
        let status = try status()
        guard let leader = status.leaderID, leader != status.nodeID,
            let address = status.memberAddresses.first(where: { $0.id == leader }).flatMap({ Address($0.address) }),
            let answer = nodes.firstStatus(from: [address], where: { $0.role == "Leader" })
        else { return status }
        return answer
    }

    private func addresses(of port: Port) -> [Address] {
        switch port {
        case .cluster: endpoints
        case .client: findClientAddresses()
        }
    }
}

/// What became of the attempts so far.
private struct Attempts {
    let effect: ClusterClient.Effect
    /// Why the outcome is unknown, once it is.
    private var doubt: String?
    /// What a node answered last: it says more than that another one is down.
    private var lastAnswer: String?
    private var lastFailure: String?

    init(effect: ClusterClient.Effect) {
        self.effect = effect
    }

    /// - Returns: the answer that counts; `nil` when the next node is to be asked.
    /// - Throws: exit 75 when the request may have taken effect and must not be sent again.
    mutating func judge(
        _ answer: Result<HTTPResponseMessage, HTTPClientError>, of address: Address
    ) throws(ToolFailure) -> HTTPResponseMessage? {
        switch answer {
        case .success(let response) where response.status == .gatewayTimeout:
            lastAnswer = "\(address) answers: \(ServerError(response).message)"
            try doubt(lastAnswer)
        case .success(let response) where response.status == .serviceUnavailable:
            lastAnswer = "\(address) answers: \(ServerError(response).message)"
        case .success(let response): return response
        case .failure(let error):
            lastFailure = "\(address): \(error)"
            if error.mayHaveBeenReceived { try doubt(lastFailure) }
        }
        return nil
    }

    private mutating func doubt(_ reason: String?) throws(ToolFailure) {
        guard effect != .none else { return }
        doubt = reason
        if effect == .eachTime { throw unknown }
    }

    /// Why no more attempts are made.
    func failure(_ endpoints: [Address]) -> ToolFailure {
        guard doubt == nil else { return unknown }
        let places = endpoints.map(\.description).joined(separator: ",")
        let reason =
            lastAnswer ?? lastFailure
            ?? "is raftd running, and are these cluster ports of nodes that have a client port?"
        return ToolFailure("no node of \(places) does it: \(reason)", ToolExit.unavailable)
    }

    private var unknown: ToolFailure {
        let reasons = [doubt, lastAnswer == doubt ? nil : lastAnswer].compactMap(\.self).joined(separator: "; ")
        return ToolFailure(
            "it may or may not have happened, look before you repeat it: \(reasons)", ToolExit.outcomeUnknown)
    }
}
