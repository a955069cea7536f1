import Raft
import Replica

// What is told between nodes, and what comes of a turn: noted for the checks, and counted.

extension Simulation {
    func note(_ request: PeerRequest, of node: SimulatedNode) {
        node.promises.sent(request)
        guard case .requestVote(let vote) = request.body, !vote.isPreVote else { return }
        noteVote(of: request.header.sender.instance, for: request.header.sender.instance, in: request.header.term)
    }

    func note(_ response: PeerResponse, of node: SimulatedNode) {
        if let raft = node.replica?.raft { node.promises.sent(response, by: raft) }
        switch response.body {
        case .requestVote(let answer):
            if answer.isGranted, !answer.isPreVote {
                let header = response.header
                noteVote(of: header.sender.instance, for: header.recipient, in: header.term)
            }
            if !answer.isGranted { counters.add(answer.isPreVote ? .preVoteRefused : .voteRefused) }
        case .appendEntries(.conflict): counters.add(.appendConflict)
        case .appendEntries(.staleTerm): counters.add(.appendOfOldTerm)
        case .installSnapshot: counters.add(.snapshotChunk)
        case .refused(.wiped): counters.add(.wipedNodeRefused)
        case .refused(.unbound), .refused(.otherInstance), .refused(.otherCluster): counters.add(.strangerRefused)
        case .appendEntries, .heartbeat, .hello, .readIndex, .propose, .timeoutNow, .administer: break
        }
    }

    private func noteVote(of voter: InstanceID, for candidate: InstanceID, in term: Term) {
        do throws(Violation) {
            try votes.note(voter, votesFor: candidate, in: term)
        } catch {
            fail(error)
        }
    }

    /// A truncation takes effect on the disk with a new segment, whatever room the last one has.
    func noteSegment(of job: DiskJob, at node: SimulatedNode) {
        guard node.hasTruncated, job.jobClass == .log else { return }
        let isBegun = job.operations.contains { operation in
            switch operation {
            case .create(let path), .rename(_, let path), .link(_, let path): path.hasSuffix(".segment")
            default: false
            }
        }
        guard isBegun else { return }
        node.hasTruncated = false
        counters.add(.segmentForced)
    }

    /// Counts what a leader has just committed.
    func countPromotions(by raft: Raft) {
        let (index, configuration) = raft.committedConfiguration
        guard index > lastConfiguration.index else { return }
        for member in configuration.voters where lastConfiguration.configuration[member.number]?.isLearner == true {
            counters.add(.memberPromoted)
        }
        lastConfiguration = (index, configuration)
    }

    /// Counts what has become of a node in a turn.
    func count(_ news: SeenLog.News, of node: SimulatedNode, _ replica: Replica, wasLeader: Bool) {
        let raft = replica.raft
        if wasLeader, !raft.isLeader { counters.add(raft.isRemoved ? .leaderRemovedItself : .leaderSteppedDown) }
        if news.removed > 0 {
            counters.add(.logTruncated)
            node.hasTruncated = true
        }
        if raft.log.base.index > node.logBase {
            counters.add(raft.log.base.index > news.kept ? .snapshotInstalled : .logCompacted)
        }
        node.logBase = raft.log.base.index
    }
}
