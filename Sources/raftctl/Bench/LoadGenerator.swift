import Bytes
import HTTP
import Reactor
import Transport

/// What a load run saw.
struct LoadResult {
    var latency = LatencyHistogram()
    var seconds = 0.0
    /// Failures by kind: a status with its code, or what became of the connection.
    var errors: [String: Int] = [:]
    var leaderChanges = 0
    var sent = 0
}

/// Sends puts over kept-alive connections, one at a time on each, spread evenly over the targets.
final class LoadGenerator {
    private let nodes: Cluster
    private let plan: LoadPlan
    private let connections: [HTTPClient]
    private let monitor: LeaderMonitor
    private(set) var ledger: Ledger
    private(set) var result = LoadResult()

    private var idle: [Int]
    private var nextSequence = 0
    private var outstanding = 0
    private var startedAt: UInt64 = 0
    private var endsAt: UInt64 = 0
    private var pacer: Timer?
    private var progress: Timer?
    private var lastCount = 0

    init(_ nodes: Cluster, targets: [Address], monitors: [Address], plan: LoadPlan) {
        self.nodes = nodes
        self.plan = plan
        connections = (0..<plan.connections).map { number in
            nodes.client(at: targets[number % targets.count]) { $0.maxInFlight = 1 }
        }
        ledger = Ledger(keys: plan.keys)
        idle = Array((0..<plan.connections).reversed())
        monitor = LeaderMonitor(nodes, addresses: monitors)
    }

    /// Runs the whole load; returns when the last answer is in.
    func run() {
        startedAt = nodes.loop.nowNanoseconds
        endsAt = startedAt + UInt64(plan.durationSeconds) * 1_000_000_000
        monitor.start()
        let pacer = Timer(on: nodes.loop) { [unowned self] in sendDue() }
        pacer.start(afterMilliseconds: 0, repeatingMilliseconds: 1)
        self.pacer = pacer
        let progress = Timer(on: nodes.loop) { [unowned self] in showProgress() }
        progress.start(afterMilliseconds: 1_000, repeatingMilliseconds: 1_000)
        self.progress = progress
        nodes.loop.run()
        StandardStreams.endProgress()
        for connection in connections { connection.close() }
    }

    private var isOver: Bool { nextSequence >= plan.count || nodes.loop.nowNanoseconds >= endsAt }

    /// Sends what is due on the connections that are free. What finds none waits, and its wait counts.
    private func sendDue() {
        while !isOver, let connection = idle.last {
            let due = dueTime(of: nextSequence)
            guard due <= nodes.loop.nowNanoseconds else { return }
            idle.removeLast()
            send(nextSequence, dueAt: due, on: connection)
            nextSequence += 1
        }
        if isOver, outstanding == 0 { finish() }
    }

    private func dueTime(of sequence: Int) -> UInt64 {
        guard plan.rate > 0 else { return nodes.loop.nowNanoseconds }
        return startedAt + UInt64(Double(sequence) * 1_000_000_000 / Double(plan.rate))
    }

    private func send(_ sequence: Int, dueAt due: UInt64, on connection: Int) {
        outstanding += 1
        result.sent += 1
        let key = sequence % plan.keys
        let request = HTTPRequestMessage(.put, "/v1/kv/" + plan.key(key), body: plan.value(sequence))
        connections[connection].send(request, timeoutMilliseconds: 10_000) { [unowned self] answer in
            outstanding -= 1
            idle.append(connection)
            record(answer, key: key, sequence: sequence, dueAt: due)
            sendDue()
        }
    }

    private func record(
        _ answer: Result<HTTPResponseMessage, HTTPClientError>, key: Int, sequence: Int, dueAt due: UInt64
    ) {
        switch answer {
        case .success(let response) where response.status.hundreds == 2:
            guard let revision = LoadGenerator.revision(response) else { return fail("200 without an ETag") }
            result.latency.record(nodes.loop.nowNanoseconds - due)
            ledger.acknowledge(key: key, sequence: sequence, revision: revision)
        case .success(let response): fail("\(response.status.code) \(LoadGenerator.code(response))")
        case .failure(.refused): fail("connection refused")
        case .failure(let error): fail(error.mayHaveBeenReceived ? "connection lost" : "not sent")
        }
    }

    private func fail(_ kind: String) { result.errors[kind, default: 0] += 1 }

    private static func revision(_ response: HTTPResponseMessage) -> UInt64? {
        response.headers.first("etag").flatMap { UInt64($0.filter { $0 != "\"" }) }
    }

    private static func code(_ response: HTTPResponseMessage) -> String {
        do {
            return try JSONParser.parse(response.body).object?["code"]?.string ?? "without a code"
        } catch {
            return "without JSON"
        }
    }

    private func showProgress() {
        let elapsed = (nodes.loop.nowNanoseconds - startedAt) / 1_000_000_000
        let errors = result.errors.values.reduce(0, +)
        StandardStreams.progress(
            "\(elapsed) s  \(ledger.acknowledged - lastCount) puts/s  \(ledger.acknowledged) acknowledged  \(errors) errors"
        )
        lastCount = ledger.acknowledged
    }

    private func finish() {
        result.seconds = Double(nodes.loop.nowNanoseconds - startedAt) / 1_000_000_000
        result.leaderChanges = monitor.stop()
        pacer?.close()
        progress?.close()
        nodes.loop.stop()
    }
}

/// Asks the nodes every half second who leads, and counts how often that changes.
private final class LeaderMonitor {
    private let nodes: Cluster
    private let clients: [HTTPClient]
    private var timer: Timer?
    private var leader: (term: UInt64, id: String)?
    private var changes = 0

    init(_ nodes: Cluster, addresses: [Address]) {
        self.nodes = nodes
        clients = addresses.map { nodes.client(at: $0) }
    }

    func start() {
        let timer = Timer(on: nodes.loop) { [unowned self] in ask() }
        timer.start(afterMilliseconds: 0, repeatingMilliseconds: 500)
        self.timer = timer
    }

    /// Returns how many changes were seen.
    func stop() -> Int {
        timer?.close()
        for client in clients { client.close() }
        return changes
    }

    private func ask() {
        for client in clients where client.outstanding == 0 {
            client.send(HTTPRequestMessage(.get, "/raft/status"), timeoutMilliseconds: 2_000) { [weak self] answer in
                self?.note(answer)
            }
        }
    }

    private func note(_ answer: Result<HTTPResponseMessage, HTTPClientError>) {
        guard let status = NodeStatus(answer), let id = status.leaderID else { return }
        let term = status.number("term")
        guard term > leader?.term ?? 0 else { return }
        if let leader, leader.id != id { changes += 1 }
        leader = (term, id)
    }
}
