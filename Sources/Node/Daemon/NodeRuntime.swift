import Glibc
import HTTP
import Logging
import Raft
import Reactor
import Replica
import StateMachine

/// A running node: performs the effects of its `Replica` with the reactor, and feeds it what happens. Holds no policy.
///
/// All that one turn of the event loop brings is handed to the replica first; then it is flushed once, so that one turn makes one log
/// batch, one message a peer and one write a connection.
final class NodeRuntime {
    let loop: EventLoop
    let replica: Replica
    let logger: Logger
    let disk: DiskRunner
    let links: PeerLinks
    let probe: LeaderProbe
    private(set) var clientPort: ClientPort?
    private(set) var clusterPort: ClusterPort?
    private(set) var stdioPort: StdioPort?
    /// The state as it was before a snapshot, until a worker frees it.
    var retired: StateMachine?
    private var deadlineTimer: Timer?
    private var armedDeadline = Instant.never
    private var needsFlush = true
    var slowSyncs = RateLimit(perMilliseconds: 10_000)
    /// Whether the node was asked to stop: it is not ready any more.
    private(set) var isStopping = false
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
        probe = LeaderProbe(
            loop: loop, resolver: resolver,
            timeoutMilliseconds: replica.settings.raft.electionTimeoutMinMilliseconds)
        weak var runtime: NodeRuntime?
        links = PeerLinks(on: loop, resolver: resolver, settings: replica.settings, random: random) {
            runtime?.receive($0)
        }
        runtime = self
        deadlineTimer = Timer(on: loop) { runtime?.deadlineReached() }
        loop.onTurnEnd = { runtime?.turnEnded() }
        disk.onSlowSync = { runtime?.reportSlowSync(milliseconds: $0) }
    }

    /// Opens the ports, or stdin and stdout where there are none.
    /// - Throws: `StartFailure` when an address cannot be bound.
    func listen(_ options: Options, limit: ConnectionLimit) throws(StartFailure) {
        if options.servesStdio { try openStdio(options) }
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
                    maxValueSize: options.maxValueSize, transport: client.transport,
                    instance: replica.identity.instance, common: common, browserGuard: browserGuard,
                    state: { [unowned self] in replica.stateMachine },
                    conviction: { [unowned self] in replica.conviction },
                    relay: { [weak self] in self?.relay($0, $1, $2) }
                ) { [weak self] in self?.receive($0) }
                clusterPort?.onRelayed = { [weak self] message in
                    self?.clientPort?.receive(message) ?? RelayedMessage.unknownSession.response
                }
            }
        } catch {
            throw StartFailure("\(error): choose another port, or stop what listens there", status: .failure)
        }
    }

    /// A node that is no member any more holds no stream that anybody could reach.
    private func relay(
        _ holder: InstanceID, _ message: RelayedMessage, _ completion: @escaping (HTTPResponse) -> Void
    ) {
        guard let address = replica.raft.configuration.member(of: holder)?.address else {
            return completion(RelayedMessage.unknownSession.response)
        }
        links.relay(message, to: address, completion: completion)
    }

    /// Has one client on stdin and stdout.
    private func openStdio(_ options: Options) throws(StartFailure) {
        do throws(ReactorError) {
            stdioPort = StdioPort(
                on: loop, try StandardStreams(on: loop), maxValueSize: options.maxValueSize,
                sessionLog: options.stdioSessionLog, state: { [unowned self] in replica.stateMachine }
            ) { [weak self] in self?.receive($0) }
        } catch {
            throw StartFailure("\(error): give --http-port to serve clients without stdin and stdout", status: .failure)
        }
    }

    var clientAddress: SocketAddress? { clientPort?.address }
    var clusterAddress: SocketAddress? { clusterPort?.address }

    private func commonEndpoints(_ options: Options) -> CommonEndpoints {
        CommonEndpoints(
            state: { [unowned self] in
                NodeState(
                    of: replica, isStopping: isStopping, clientAddress: clientAddress.map(options.reachableAddress),
                    now: now)
            },
            metrics: { [unowned self] in
                NodeMetrics(status: replica.status(now: now), replica: replica, disk: disk, client: clientPort)
                    .document()
            })
    }

    // MARK: The turn

    var now: Instant { Instant(nanoseconds: loop.nowNanoseconds) }

    func receive(_ input: Input) {
        replica.receive(input, now: now)
        needsFlush = true
    }

    private func turnEnded() {
        guard needsFlush else { return }
        needsFlush = false
        for effect in replica.flush(now: now, wallClock: WallClock.milliseconds) { perform(effect) }
        releaseRetired()
        clientPort?.applied()
        stdioPort?.applied()
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

    /// Ends the process without waiting for anything: `exit` would join workers that may hang with the disk.
    func stopAtOnce(_ message: String, status: ExitStatus) -> Never {
        logger.critical("\(message)")
        stdioPort?.restoreModes()
        _exit(status.rawValue)
    }

    // MARK: Stopping

    /// Finishes what clients wait for and takes nothing new; `completion` runs when the last of them is answered or
    /// `milliseconds` are over.
    func drainClients(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        if let clientPort {
            clientPort.drain(withinMilliseconds: milliseconds, completion: completion)
        } else if let stdioPort {
            stdioPort.drain(withinMilliseconds: milliseconds, completion: completion)
        } else {
            completion()
        }
    }

    /// Has another node lead, and lets the replica finish and seal its log; `onFlushed` tells when it may be quiet.
    /// - Parameter servesClients: what clients still ask is done; otherwise it is refused.
    func prepareToStop(servesClients: Bool) {
        isStopping = true
        replica.prepareToStop(now: now, servesClients: servesClients)
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
