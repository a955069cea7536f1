import Glibc
import Logging
import Raft
import Reactor
import Replica
import Storage

/// A running node: performs the effects of its `Replica` with the reactor, and feeds it what happens. Holds no policy.
///
/// All that one turn of the event loop brings is handed to the replica first; then it is flushed once, so that one turn makes one log
/// batch, one message a peer and one write a connection.
final class NodeRuntime {
    let loop: EventLoop
    let replica: Replica
    let logger: Logger
    private let disk: DiskRunner
    private let links: PeerLinks
    private var clientPort: ClientPort?
    private var clusterPort: ClusterPort?
    private var deadlineTimer: Timer?
    private var armedDeadline = Instant.never
    private var needsFlush = true
    /// Called after each flush: shutting down waits for the replica to fall silent.
    var onFlushed: (() -> Void)?

    init(
        on loop: EventLoop, replica: Replica, disk: DiskRunner, resolver: NameResolver, random: SeededRandom,
        logger: Logger
    ) {
        self.loop = loop
        self.replica = replica
        self.disk = disk
        self.logger = logger
        weak var runtime: NodeRuntime?
        links = PeerLinks(on: loop, resolver: resolver, settings: replica.settings, random: random) {
            runtime?.receive($0)
        }
        runtime = self
        deadlineTimer = Timer(on: loop) { runtime?.deadlineReached() }
        loop.onTurnEnd = { runtime?.turnEnded() }
    }

    /// Opens the ports.
    /// - Throws: `StartFailure` when an address cannot be bound.
    func listen(_ options: Options, limit: ConnectionLimit) throws(StartFailure) {
        let common = commonEndpoints(options)
        let browserGuard = BrowserGuard(options)
        do throws(ReactorError) {
            if let cluster = options.cluster {
                clusterPort = try ClusterPort(
                    on: loop, address: cluster.listenAddress, limit: limit, common: common, browserGuard: browserGuard
                ) { [weak self] in self?.receive($0) }
            }
            if let client = options.client {
                clientPort = try ClientPort(
                    on: loop, address: client.listenAddress, limit: limit,
                    maxValueSize: options.maxValueSize, common: common, browserGuard: browserGuard
                ) { [weak self] in self?.receive($0) }
            }
        } catch {
            throw StartFailure("\(error): choose another port, or stop what listens there", status: .failure)
        }
    }

    var clientAddress: SocketAddress? { clientPort?.address }
    var clusterAddress: SocketAddress? { clusterPort?.address }

    private func commonEndpoints(_ options: Options) -> CommonEndpoints {
        CommonEndpoints(
            status: { [unowned self] in replica.status(now: now) },
            metrics: { [unowned self] in
                NodeMetrics(status: replica.status(now: now), replica: replica, syncs: disk.syncs, client: clientPort)
                    .document()
            },
            clientAddress: { [unowned self] in clientAddress.map { options.reachableAddress(of: $0) } })
    }

    // MARK: The turn

    private var now: Instant { Instant(nanoseconds: loop.nowNanoseconds) }

    func receive(_ input: Input) {
        replica.receive(input, now: now)
        needsFlush = true
    }

    private func turnEnded() {
        guard needsFlush else { return }
        needsFlush = false
        for effect in replica.flush(now: now, wallClock: WallClock.milliseconds) { perform(effect) }
        armDeadline()
        onFlushed?()
    }

    private func deadlineReached() {
        // The timer is spent, even where it fired a little early and the deadline still stands.
        armedDeadline = .never
        receive(.tick)
    }

    private func armDeadline() {
        guard replica.deadline != armedDeadline else { return }
        armedDeadline = replica.deadline
        guard armedDeadline != .never else { deadlineTimer?.stop(); return }
        // Rounded up: a timer that fires early would only be set again.
        deadlineTimer?.start(afterMilliseconds: (armedDeadline.nanoseconds(since: now) + 999_999) / 1_000_000)
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .disk(let job): perform(job)
        case .readLog(let read, let member): self.read(read, for: member)
        case .send(let request, let address, let channel, let context):
            links.send(request, to: address, channel, context)
        case .reply(let response, let token): clusterPort?.reply(response, token: token)
        case .answer(let answer, let id): clientPort?.answer(answer, to: id)
        case .writeSnapshot, .loadSnapshot, .readSnapshot, .requestJoin, .probe, .administered:
            preconditionFailure("not performed yet: \(effect)")
        case .report(let report): log(report)
        case .stop(let message): stopAtOnce(message, status: .failure)
        }
    }

    private func perform(_ job: DiskJob) {
        disk.perform(job) { [weak self] result in
            switch result {
            case .success: self?.receive(.diskCompleted(job.id))
            case .failure(let failure):
                // A failed sync is never retried: the kernel may have dropped the pages it could not write.
                let cure = failure.isOutOfSpace ? "free some space" : "mend the disk"
                self?.stopAtOnce("\(failure). The node stops: \(cure), then start it again", status: .failure)
            }
        }
    }

    private func read(_ read: LogRead, for member: Member.Number) {
        disk.read(read) { [weak self] result in
            switch result {
            case .success(let bytes): self?.receive(.logRead(read, bytes, for: member))
            case .failure(let failure):
                self?.logger.error("\(failure)")
                self?.receive(.logRead(read, nil, for: member))
            }
        }
    }

    private func log(_ report: Report) {
        switch report.level {
        case .info: logger.info("\(report.message)")
        case .warning: logger.warning("\(report.message)")
        case .error: logger.error("\(report.message)")
        }
    }

    /// Ends the process without waiting for anything: `exit` would join workers that may hang with the disk.
    func stopAtOnce(_ message: String, status: ExitStatus) -> Never {
        logger.critical("\(message)")
        _exit(status.rawValue)
    }

    // MARK: Stopping

    /// Finishes what clients wait for and takes nothing new; `completion` runs when the last of them is answered or
    /// `milliseconds` are over.
    func drainClients(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        guard let clientPort else { return completion() }
        clientPort.drain(withinMilliseconds: milliseconds, completion: completion)
    }

    /// Lets the replica finish and seal its log; `onFlushed` tells when it may be quiet.
    func prepareToStop() {
        replica.prepareToStop(now: now)
        needsFlush = true
    }

    /// Closes what is open, so that the loop ends.
    func close(completion: @escaping () -> Void) {
        loop.onTurnEnd = nil
        onFlushed = nil
        deadlineTimer?.close()
        links.close()
        guard let clusterPort else { return completion() }
        clusterPort.drain(withinMilliseconds: 100, completion: completion)
    }
}
