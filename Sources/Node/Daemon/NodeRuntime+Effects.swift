import Logging
import Raft
import Reactor
import Replica
import Storage

/// What a replica wants done, performed with the reactor.
extension NodeRuntime {
    func perform(_ effect: Effect) {
        switch effect {
        case .disk(let job): perform(job)
        case .readLog(let read, let member): self.read(read, for: member)
        case .writeSnapshot(let writer): write(writer)
        case .loadSnapshot(let path, let id): load(path, id: id)
        case .readSnapshot(let read): self.read(read)
        case .send(let request, let address, let channel, let context):
            links.send(request, to: address, channel, context)
        case .reply(let response, let token): clusterPort?.reply(response, token: token)
        case .answer(let answer, let id):
            clientPort?.answer(answer, to: id)
            stdioPort?.answer(answer, to: id)
        case .requestJoin(let target, let nodeID, let address, let asLearner):
            let call = JoinCall(nodeID: nodeID, address: address, asLearner: asLearner)
            links.requestJoin(at: target, call) { [weak self] in self?.receive(.joinAnswered($0)) }
        case .probe(let address, let context):
            probe.dial(address) { [weak self] in self?.receive(.probed(context, $0)) }
        case .administered(let answer, let id): clusterPort?.answer(answer, to: id)
        case .report(let report): log(report)
        case .stop(let message): stopAtOnce(message, status: .failure)
        }
    }

    // MARK: The log

    private func perform(_ job: DiskJob) {
        disk.perform(job) { [weak self] outcome in
            switch outcome {
            case .done: self?.receive(.diskCompleted(job.id))
            case .stalled(let failure, let completed):
                self?.receive(.diskStalled(job.id, completed: completed, reason: "\(failure)"))
            case .failed(let failure): self?.stop(after: failure)
            }
        }
    }

    private func read(_ read: LogRead, for member: Member.Number) {
        disk.read(read.path, offset: read.offset, count: read.count) { [weak self] result in
            self?.receive(.logRead(read, self?.bytes(of: result), for: member))
        }
    }

    // MARK: Snapshots

    private func write(_ writer: SnapshotWriter) {
        let id = writer.id
        disk.write(writer) { [weak self] outcome in
            switch outcome {
            case .written(let result): self?.receive(.snapshotWritten(result))
            case .stalled(let failure): self?.receive(.snapshotNotWritten(id: id, reason: "\(failure)"))
            case .failed(let failure): self?.stop(after: failure)
            }
        }
    }

    private func load(_ path: String, id: UInt64) {
        disk.load(path) { [weak self] result in
            guard let self else { return }
            // When it is installed the present state is not needed any more.
            retired = replica.stateMachine
            receive(.snapshotLoaded(id: id, result))
        }
    }

    private func read(_ read: SnapshotRead) {
        disk.snapshots.chunks += 1
        disk.read(read.path, offset: read.offset, count: read.count) { [weak self] result in
            self?.receive(.snapshotRead(read, self?.bytes(of: result)))
        }
    }

    /// Has a worker free the state that a snapshot took the place of, which may be large.
    func releaseRetired() {
        guard retired != nil, !replica.isInstallingSnapshot else { return }
        disk.release(&retired)
    }

    // MARK: What the disk says

    private func bytes(of result: Result<[UInt8], DiskReadFailure>) -> [UInt8]? {
        switch result {
        case .success(let bytes): return bytes
        case .failure(let failure):
            logger.error("\(failure)")
            return nil
        }
    }

    /// A failed sync is never retried: the kernel may have dropped the pages it could not write.
    private func stop(after failure: DiskFailure) -> Never {
        let cure = failure.isOutOfSpace ? "free some space" : "mend the disk"
        stopAtOnce("\(failure). The node stops: \(cure), then start it again", status: .failure)
    }

    /// Every write waits for the disk: who looks for what is slow should find it.
    func reportSlowSync(milliseconds: UInt64) {
        guard let skipped = slowSyncs.admit(at: loop.nowNanoseconds) else { return }
        let others = skipped == 0 ? "" : "; \(skipped) more since the last such line"
        logger.warning("a sync of the log took \(milliseconds) ms\(others): the disk of this node is slow")
    }

    private func log(_ report: Report) {
        switch report.level {
        case .info: logger.info("\(report.message)")
        case .warning: logger.warning("\(report.message)")
        case .error: logger.error("\(report.message)")
        }
    }
}
