import Bytes
import Raft
import Replica

// Processes: how they start, take their turns and die.

extension Simulation {
    /// Starts every node that is to form the cluster, or ran before.
    package func startAll() {
        for node in nodes where !node.isRunning && !node.isCondemned && (isFounder(node) || node.boot > 0) {
            start(node.place)
        }
    }

    func isFounder(_ node: SimulatedNode) -> Bool { node.place < settings.founders ?? nodes.count }

    /// Starts the process of a machine, as a node's start does: identity, recovery, repairs, replica.
    /// - Parameter isInterrupted: whether the power goes while it repairs its log.
    package func start(_ place: Int, isInterrupted: Bool = false) {
        let node = nodes[place]
        guard !node.isRunning, violation == nil else { return }
        do throws(Violation) {
            let start = try recover(node)
            if start.tornTail != nil { counters.add(.tornTailCut) }
            guard !isInterrupted else {
                counters.add(.interruptedRecovery)
                node.disk.perform(start.repairs.prefix(Int.random(in: 0...start.repairs.count, using: &random)))
                return node.losePower(tearing: settings.tearsWrites, using: &random)
            }
            node.disk.perform(start.repairs)
            try run(start, on: node)
        } catch {
            fail(error)
        }
    }

    private func recover(_ node: SimulatedNode) throws(Violation) -> ReplicaStart {
        let format = try openDirectory(of: node)
        do throws(RecoveryFailure) {
            return try readDirectory(of: node, format)
        } catch {
            throw Violation("\(node.nodeID) cannot start after a crash: \(error)")
        }
    }

    /// What a start makes of the directory of a node, which is set up.
    func readDirectory(of node: SimulatedNode, _ format: FormatFile) throws(RecoveryFailure) -> ReplicaStart {
        let identity = Identity(nodeID: format.nodeID, instance: format.instance)
        let isFounding = isFounder(node) && node.joining == nil
        let peers = nodes.filter { isFounding && isFounder($0) && $0.place != node.place }.map {
            PeerSpecification(nodeID: settings.namesPeers ? $0.nodeID : nil, address: $0.address)
        }
        let formation = Formation(identity: identity, address: node.address, isAddressExplicit: false, peers: peers)
        return try ReplicaStart.recover(
            identity: identity, formation: formation, cluster: format.clusterID, image: node.disk,
            settings: settings.replica.log)
    }

    private func run(_ start: ReplicaStart, on node: SimulatedNode) throws(Violation) {
        node.boot += 1
        node.stopMessage = nil
        node.wakeTime = .never
        node.isFlushScheduled = false
        node.hasTruncated = false
        node.endsWhenQuiet = false
        var settings = settings.replica
        settings.joining = node.joining
        let replica = Replica(
            start, settings: settings, boot: node.boot, seed: random.next(), now: node.clock.local(now))
        node.instance = start.identity.instance
        if self.settings.announces {
            replica.announce(clientAddress: "\(node.nodeID):8000", version: "1", maxValueSize: 1 << 20)
        }
        if let broken = node.promises.broken(by: replica.raft) {
            throw Violation("\(node.nodeID) forgot: \(broken)\(lostWrites(replica.raft))")
        }
        node.replica = replica
        try noteStart(of: node, replica)
        scheduleFlush(node)
    }

    /// Whether what a node has lost holds writes that clients were told of.
    private func lostWrites(_ raft: Raft) -> String {
        acknowledgedIndex > raft.log.lastIndex
            ? "; among them acknowledged writes, up to index \(acknowledgedIndex)" : ""
    }

    /// Whose directory it is; an empty one gets an identity.
    func openDirectory(of node: SimulatedNode) throws(Violation) -> FormatFile {
        do {
            node.disk.perform(try ReplacedFile.repairs(in: node.disk))
            if let size = try node.disk.size(of: FormatFile.path) {
                return try FormatFile.decode(try node.disk.read(FormatFile.path, offset: 0, count: Int(size)))
            }
        } catch {
            throw Violation("\(node.nodeID) cannot read its FORMAT after a crash: \(error)")
        }
        let format = FormatFile(nodeID: node.nodeID, instance: random.nextID(), clusterID: .none)
        // The machine was set up in peace: a disk that ignores syncs loses what the running node writes.
        node.disk.ignoresSync = false
        node.disk.perform(format.operations())
        node.disk.ignoresSync = settings.ignoresSync
        return format
    }

    /// The power of a machine goes.
    package func crash(_ place: Int) {
        let node = nodes[place]
        guard node.isRunning else { return }
        node.crashesAfterTurn = false
        end(node)
        powerLosses += 1
        node.losePower(tearing: settings.tearsWrites, using: &random)
    }

    /// The process ends; the machine goes on and writes what it was given.
    func end(_ node: SimulatedNode) {
        node.replica = nil
        node.pausedSince = nil
        node.backlog = []
        node.failsNextSync = false
        onEnd?(node.place)
        for exchange in network.forget(node.place) {
            let time = now.advanced(
                byMicroseconds: UInt64.random(in: settings.network.delayMicroseconds, using: &random))
            queue.add(.failure(.lost(reason: "connection reset"), exchange: exchange), at: time)
        }
    }

    /// The disk of a machine is replaced by an empty one.
    package func wipe(_ place: Int) {
        precondition(!nodes[place].isRunning, "a running node is not wiped")
        if let instance = nodes[place].instance { lostDisks[instance] = nodes[place].durableLog }
        nodes[place].instance = nil
        nodes[place].disk = SimulatedDisk()
        nodes[place].disk.ignoresSync = settings.ignoresSync
        nodes[place].promises = Promises()
        nodes[place].seen = SeenLog()
        nodes[place].watch = NodeWatch()
    }

    // MARK: Turns

    func deliver(_ input: Input, to place: Int, boot: UInt64) {
        let node = nodes[place]
        guard let replica = node.replica, node.boot == boot else { return }
        guard !node.isPaused else { return node.backlog.append(input) }
        replica.receive(input, now: node.clock.local(now))
        scheduleFlush(node)
    }

    /// What arrives within a few microseconds falls into one turn, as it does in an event loop that is busy.
    func scheduleFlush(_ node: SimulatedNode) {
        guard !node.isFlushScheduled else { return }
        node.isFlushScheduled = true
        let delay = UInt64.random(in: 1...80, using: &random)
        queue.add(.flush(node: node.place, boot: node.boot), at: now.advanced(byMicroseconds: delay))
    }

    func flush(_ node: SimulatedNode, boot: UInt64) {
        guard let replica = node.replica, node.boot == boot else { return }
        node.isFlushScheduled = false
        guard !node.isPaused else { return }
        let effects = replica.flush(now: node.clock.local(now), wallClock: node.clock.wall(now))
        do throws(Violation) {
            try check(node, replica)
        } catch {
            return fail(error)
        }
        for effect in effects { perform(effect, at: node) }
        if node.stopMessage != nil { return end(node) }
        if node.endsWhenQuiet, replica.isQuiet { return kill(node.place) }
        if node.crashesAfterTurn {
            crash(node.place)
            onCrash?(node.place)
            return
        }
        scheduleWake(node, at: replica.deadline)
        trace(UInt64(node.place) ^ replica.raft.currentTerm << 8 ^ replica.raft.commitIndex << 24)
    }

    /// A timer of whole milliseconds, like a node's.
    private func scheduleWake(_ node: SimulatedNode, at deadline: Instant) {
        let time = max(node.clock.world(deadline), now.advanced(byMilliseconds: 1))
        guard time < node.wakeTime, deadline != .never else { return }
        node.wakeTime = time
        queue.add(.wake(node: node.place, boot: node.boot), at: time)
    }

    private func perform(_ effect: Effect, at node: SimulatedNode) {
        switch effect {
        case .disk(let job): take(job, at: node)
        case .readLog(let read, let member):
            logReads += 1
            queue.add(.logRead(read, member: member, node: node.place, boot: node.boot), at: diskTime(node))
        case .send(let request, let address, let channel, let context):
            note(request, of: node)
            send(request, from: node, to: address, channel, context)
        case .reply(let response, let token):
            note(response, of: node)
            reply(response, token: token)
        case .writeSnapshot(let writer): write(writer, at: node)
        case .loadSnapshot(let path, let id):
            queue.add(.snapshotLoad(path: path, id: id, node: node.place, boot: node.boot), at: diskTime(node))
        case .readSnapshot(let read):
            snapshotReads += 1
            queue.add(.snapshotRead(read, node: node.place, boot: node.boot), at: diskTime(node))
        case .answer(let answer, let id): answered(answer, to: id)
        case .requestJoin(let target, let nodeID, let address, let asLearner):
            let request = AdminRequest.join(nodeID: nodeID, address: address, asLearner: asLearner)
            requestJoin(request, of: target, from: node)
        case .probe(let address, let context): probe(address, context, from: node)
        case .administered(let answer, let id): administered(answer, id: id)
        case .report(let report): self.report("\(node.nodeID): \(report.message)")
        case .stop(let message):
            node.stopMessage = message
            report("\(node.nodeID) stops: \(message)")
            if node.isCondemned { counters.add(.wipedNodeRefused) }
            let isStranger = (node.isLetGo || node.isCondemned) && node.replica?.raft.log.lastIndex == 0
            if !toleratesStops, !isStranger { fail(Violation("\(node.nodeID) stopped: \(message)")) }
        }
    }
}
