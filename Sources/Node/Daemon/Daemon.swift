import Glibc
import Logging
import Raft
import Reactor
import Replica
import Storage

/// The daemon: from the command line to the exit status.
package enum Daemon {
    /// Runs until the node is stopped; does not return.
    package static func main() -> Never {
        switch Options.launch() {
        case .print(let text):
            print(text)
            exit(ExitStatus.success.rawValue)
        case .refuse(let failure): end(failure)
        case .run(let options): run { () throws(StartFailure) in try serve(options) }
        case .recover(let options):
            run { () throws(StartFailure) in try ForcedRecovery(options: options) { print($0) }.run() }
        }
    }

    private static func run(_ work: () throws(StartFailure) -> Void) -> Never {
        do throws(StartFailure) {
            try work()
        } catch {
            end(error)
        }
        exit(ExitStatus.success.rawValue)
    }

    /// One unadorned line on stderr says what is wrong and what to do.
    private static func end(_ failure: StartFailure) -> Never {
        // discarded: there is no other place to tell that nobody can be told
        _ = Array("\(failure.message)\n".utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(failure.status.rawValue)
    }

    /// Serves until the node was asked to stop and has stopped.
    private static func serve(_ options: Options) throws(StartFailure) {
        StandardStreams.openMissing()
        let logger = Logger.make(options)
        SignalWatcher.ignorePipe()
        let limit = try ConnectionLimit(
            requested: options.maxConnections, descriptorLimit: Descriptors.raiseLimit())
        DiskWorker.setPoolSize(8)
        let directory = try DataDirectory(for: options)
        for warning in options.warnings + directory.warnings { logger.warning("\(warning)") }

        let loop = try makeLoop()
        var random = SystemRandomNumberGenerator()
        let replica = try recover(
            directory, options, loop: loop, seed: random.next(), boot: random.next(), logger: logger)
        let resolver = NameResolver(on: loop)
        let runtime = NodeRuntime(
            on: loop, replica: replica, disk: try DiskRunner(on: loop, directory: directory), resolver: resolver,
            random: SeededRandom(seed: random.next()), logger: logger)
        try runtime.listen(options, limit: limit)
        if options.cluster != nil {
            replica.announce(
                clientAddress: runtime.clientAddress.map(options.reachableAddress), version: Version.current,
                maxValueSize: UInt64(options.maxValueSize))
        }
        warnIfUnresolvable(options, resolver, logger)
        announce(runtime, directory, logger)
        do throws(ReactorError) {
            let shutdown = try Shutdown(runtime)
            runtime.stdioPort?.start()
            loop.run()
            withExtendedLifetime((runtime, shutdown, directory)) {}
            try loop.close()
        } catch {
            throw StartFailure("\(error)", status: .failure)
        }
        if let failure = runtime.stdioPort?.failure { throw StartFailure("\(failure)", status: .failure) }
        logger.info("stopped")
    }

    // MARK: Starting

    private static func makeLoop() throws(StartFailure) -> EventLoop {
        do throws(ReactorError) {
            return try EventLoop()
        } catch {
            throw StartFailure("\(error)", status: .failure)
        }
    }

    private static func recover(
        _ directory: DataDirectory, _ options: Options, loop: EventLoop, seed: UInt64, boot: UInt64, logger: Logger
    ) throws(StartFailure) -> Replica {
        let startedAt = loop.nowNanoseconds
        let start: ReplicaStart
        do throws(RecoveryFailure) {
            start = try ReplicaStart.recover(
                identity: directory.identity, formation: options.formation(directory.identity),
                cluster: directory.clusterID, image: directory.image, settings: options.logSettings)
        } catch {
            throw error.startFailure(in: directory.path)
        }
        try DiskFailure.atStart { () throws(DiskFailure) in
            _ = try DiskExecutor(directory: directory.path, keepsFilesOpen: false).perform(start.repairs).get()
        }
        if let torn = start.tornTail {
            logger.warning(
                "\(torn.path): cut an unfinished write at offset \(torn.offset); nothing of it was acknowledged")
        }
        let now = loop.nowNanoseconds
        logger.info("recovered \(start.commitIndex) committed entries in \((now - startedAt) / 1_000_000) ms")
        return Replica(start, settings: options.replicaSettings, boot: boot, seed: seed, now: Instant(nanoseconds: now))
    }

    private static func warnIfUnresolvable(_ options: Options, _ resolver: NameResolver, _ logger: Logger) {
        guard let advertised = options.cluster?.advertiseAddress else { return }
        resolver.resolve(host: advertised.host, port: advertised.port) { result in
            guard case .failure(let error) = result else { return }
            logger.warning(
                "peers may not reach this node as \(advertised) (\(error)): give an address that they can resolve with --advertise-addr"
            )
        }
    }

    /// The ready line: where the node listens, with the ports it was given.
    private static func announce(_ runtime: NodeRuntime, _ directory: DataDirectory, _ logger: Logger) {
        var metadata: Logger.Metadata = ["data": "\(directory.path)"]
        if let address = runtime.clientAddress { metadata["client"] = "\(address)" }
        if let address = runtime.clusterAddress { metadata["cluster"] = "\(address)" }
        logger.info("ready", metadata: metadata)
    }
}
