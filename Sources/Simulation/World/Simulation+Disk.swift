import Raft
import Replica
import StateMachine

// What machines do with their disks: one job of each class at a time, a snapshot a step at a time, reads beside them.

extension Simulation {
    func diskTime(_ node: SimulatedNode) -> Instant {
        let range = node.diskMicroseconds ?? settings.diskMicroseconds
        return now.advanced(byMicroseconds: UInt64.random(in: range, using: &random))
    }

    // MARK: Jobs

    func take(_ job: DiskJob, at node: SimulatedNode) {
        let queue = job.jobClass.queue
        noteSegment(of: job, at: node)
        node.jobs[queue].append(job)
        if node.jobs[queue].count == 1 { startJob(node, queue: queue) }
    }

    private func startJob(_ node: SimulatedNode, queue: Int) {
        self.queue.add(.diskDone(node: node.place, boot: node.boot, queue: queue), at: diskTime(node))
    }

    func finishJob(_ node: SimulatedNode, boot: UInt64, queue: Int) {
        guard node.isRunning, node.boot == boot else { return }
        if node.failsNextSync, failSync(of: node, queue: queue) { return }
        let job = node.jobs[queue].removeFirst()
        let completed = node.perform(job.operations)
        if !node.jobs[queue].isEmpty { startJob(node, queue: queue) }
        let isDone = completed == job.operations.count
        if !isDone { noteStall() }
        deliver(
            isDone ? .diskCompleted(job.id) : .diskStalled(job.id, completed: completed, reason: "no space left"),
            to: node.place, boot: boot)
    }

    private func noteStall() {
        stalls += 1
        counters.add(.diskStall)
    }

    /// The first sync of the job that is done fails: the process ends, since nobody knows what the disk has. Returns whether there
    /// was one.
    private func failSync(of node: SimulatedNode, queue: Int) -> Bool {
        guard let job = node.jobs[queue].first, let replica = node.replica, !node.hasNoSpace else { return false }
        for (place, operation) in job.operations.enumerated() {
            guard case .sync(let path) = operation else { continue }
            node.disk.perform(job.operations[..<place])
            node.jobs[queue] = []
            node.disk.failSync(of: path)
            node.stopMessage = "sync \(path): input/output error"
            counters.add(.syncFailed)
            end(node)
            node.loseProcess(using: &random)
            closeConnections(of: replica.identity.instance, at: node.place)
            return true
        }
        return false
    }

    // MARK: Snapshots

    /// Has the writer's next list of operations performed after a while.
    func write(_ writer: SnapshotWriter, at node: SimulatedNode) {
        var writer = writer
        guard let operations = writer.next() else {
            node.snapshotStep = nil
            snapshotsWritten += 1
            counters.add(.snapshotMade)
            return deliver(.snapshotWritten(writer.result), to: node.place, boot: node.boot)
        }
        node.snapshotStep = (writer, operations)
        queue.add(.snapshotStep(node: node.place, boot: node.boot), at: diskTime(node))
    }

    func finishSnapshotStep(_ node: SimulatedNode, boot: UInt64) {
        guard node.isRunning, node.boot == boot, let (step, operations) = node.snapshotStep else { return }
        var writer = step
        node.snapshotStep = nil
        if node.perform(operations) == operations.count { return write(writer, at: node) }
        node.disk.perform(writer.abandon())
        noteStall()
        deliver(.snapshotNotWritten(id: writer.id, reason: "no space left"), to: node.place, boot: boot)
    }

    // MARK: Reads

    func finishLogRead(_ read: LogRead, member: Member.Number, at node: SimulatedNode, boot: UInt64) {
        guard node.isRunning, node.boot == boot else { return }
        do {
            // What was compacted meanwhile is not there any more.
            let isThere = try node.disk.size(of: read.path) != nil
            let bytes = isThere ? try node.disk.read(read.path, offset: read.offset, count: read.count) : []
            deliver(.logRead(read, bytes, for: member), to: node.place, boot: boot)
        } catch {
            fail(Violation("\(node.nodeID) cannot read \(read.path): \(error)"))
        }
    }

    func finishSnapshotRead(_ read: SnapshotRead, at node: SimulatedNode, boot: UInt64) {
        guard node.isRunning, node.boot == boot else { return }
        // discarded: a file that is gone reads as nothing, as on a node
        let bytes = try? node.disk.read(read.path, offset: read.offset, count: read.count)
        deliver(.snapshotRead(read, bytes), to: node.place, boot: boot)
    }

    func finishSnapshotLoad(_ path: String, id: UInt64, at node: SimulatedNode, boot: UInt64) {
        guard node.isRunning, node.boot == boot else { return }
        let result = Result { () throws(RecoveryFailure) in try LoadedSnapshot.read(path, from: node.disk) }
        deliver(.snapshotLoaded(id: id, result), to: node.place, boot: boot)
    }
}
