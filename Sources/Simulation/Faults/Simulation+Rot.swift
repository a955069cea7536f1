import Raft
import Replica
import StateMachine

extension Simulation {
    /// The power of a machine goes while no process of it runs.
    func losePower(_ node: SimulatedNode) {
        precondition(!node.isRunning, "a running node crashes")
        powerLosses += 1
        node.losePower(tearing: settings.tearsWrites, using: &random)
    }

    /// Turns a bit of what is sealed on the disk of a node that has crashed. A start must refuse and name the file, or find what it would
    /// have found without: where nothing lies a bit means nothing.
    /// - Returns: whether there was something to damage, which is damaged now.
    func rot(_ node: SimulatedNode, seed: UInt64) throws(Violation) -> Bool {
        var random = SeededRandom(seed: seed)
        let format = try openDirectory(of: node)
        let sound = try outcomeOfStart(of: node, format)
        guard case .success(let start) = sound else { throw Violation("\(node.nodeID) cannot start: \(sound)") }
        node.disk.perform(start.repairs)
        node.disk.crash()
        let files = sealedFiles(of: node).filter { node.disk.durableSize(of: $0) > 0 }
        for _ in 0..<20 {
            guard let path = files.randomElement(using: &random) else { return false }
            let offset = Int.random(in: 0..<node.disk.durableSize(of: path), using: &random)
            let bit = Int.random(in: 0..<8, using: &random)
            node.disk.flipBit(of: path, at: offset, bit: bit)
            if try isNoticed(path, offset, at: node, format, sound: start) { return true }
            node.disk.flipBit(of: path, at: offset, bit: bit)
        }
        return false
    }

    private func isNoticed(
        _ path: String, _ offset: Int, at node: SimulatedNode, _ format: FormatFile, sound: ReplicaStart
    ) throws(Violation) -> Bool {
        switch try outcomeOfStart(of: node, format) {
        case .failure(.corruption(let error)) where error.path == path:
            counters.add(.rotFound)
            report("\(node.nodeID) does not start: \(error)")
            return true
        case .failure(let error):
            throw Violation("\(node.nodeID) has a damaged \(path) at offset \(offset) and says: \(error)")
        case .success(let start):
            guard start.isSame(as: sound) else {
                throw Violation("\(node.nodeID) starts, though \(path) is damaged at offset \(offset)")
            }
            return false
        }
    }

    private func outcomeOfStart(
        of node: SimulatedNode, _ format: FormatFile
    ) throws(Violation) -> Result<ReplicaStart, RecoveryFailure> {
        Result { () throws(RecoveryFailure) in try readDirectory(of: node, format) }
    }

    /// The segments but the last one, whose end a crash may have torn, and the snapshots.
    private func sealedFiles(of node: SimulatedNode) -> [String] {
        let segments = node.disk.paths.filter { $0.hasPrefix(SegmentedLog.directory) && $0.hasSuffix(".segment") }
        return segments.dropLast() + node.disk.paths.filter { $0.hasPrefix(SnapshotFile.directory) }
    }
}

extension ReplicaStart {
    fileprivate func isSame(as other: ReplicaStart) -> Bool {
        hardState == other.hardState && log.lastPosition == other.log.lastPosition && commitIndex == other.commitIndex
            && stateMachine.lastApplied == other.stateMachine.lastApplied
            && stateMachine.count == other.stateMachine.count && tornTail == other.tornTail
    }
}
