@testable import Raft

/// What engines do, in words: the stable text of the scripts.
enum EngineText {
    static func describe(_ ready: Ready) -> [String] {
        var lines: [String] = []
        if let state = ready.hardState { lines.append("notes \(describe(state))") }
        if let position = ready.truncateAfter { lines.append("truncates after \(position)") }
        if !ready.entries.isEmpty { lines.append("appends \(describe(ready.entries))") }
        if !ready.committed.isEmpty {
            lines.append("commits \(ready.committed.map(\.position.description).joined(separator: " "))")
        }
        lines += ready.reads.map { "answers read \($0.id) at \($0.index)" }
        lines += ready.failedReads.map { "refuses read \($0)" }
        lines += ready.logReads.map { "reads from disk for \($0.member) from \($0.from)" }
        lines += ready.snapshotsNeeded.map { "owes \($0) a snapshot" }
        if !ready.proposed.isEmpty {
            lines.append(
                "proposed at \(ready.proposed.map { $0.map(String.init) ?? "nowhere" }.joined(separator: " "))")
        }
        return lines
    }

    static func describe(_ state: HardState) -> String {
        "term \(state.currentTerm) vote \(state.votedFor?.nodeID ?? "none")"
    }

    static func describe(_ entries: [LogEntry]) -> String {
        "[" + entries.map(describe).joined(separator: ", ") + "]"
    }

    static func describe(_ entry: LogEntry) -> String {
        switch entry.kind {
        case .noop: return "\(entry.position) noop"
        case .command: return "\(entry.position) \(String(decoding: entry.payload, as: UTF8.self))"
        case .configuration:
            do {
                return "\(entry.position) \(describe(try ConfigurationCodec.decode(entry.payload)))"
            } catch {
                return "\(entry.position) unreadable: \(error)"
            }
        }
    }

    /// The members' numbers; `?` marks one that is not bound, `L` a learner, `P` one to be promoted.
    static func describe(_ configuration: Configuration) -> String {
        let members = configuration.members.map {
            "\($0.number)\($0.isToBePromoted ? "P" : $0.isLearner ? "L" : "")\($0.instance == nil ? "?" : "")"
        }
        return "{\(members.joined(separator: " "))}"
    }

    static func describe(_ packet: EngineCluster.Packet) -> String {
        let content: String
        let header: PeerHeader
        switch packet.body {
        case .request(let request): (content, header) = (describe(request.body), request.header)
        case .response(let response): (content, header) = (describe(response.body), response.header)
        }
        return "\(packet.from)->\(packet.to) (term \(header.term)) \(content)"
    }

    private static func describe(_ body: PeerRequest.Body) -> String {
        switch body {
        case .requestVote(let vote): "\(vote.isPreVote ? "pre-vote" : "vote") last \(vote.lastLog)"
        case .appendEntries(let append):
            "append after \(append.previous) \(describe(append.entries)) commit \(append.leaderCommit)"
        case .heartbeat(let beat): "heartbeat round \(beat.round) commit \(beat.leaderCommit)"
        case .timeoutNow: "time-out now"
        case .hello, .readIndex, .propose, .installSnapshot, .administer: "not of the engine"
        }
    }

    private static func describe(_ body: PeerResponse.Body) -> String {
        switch body {
        case .requestVote(let vote): "\(vote.isPreVote ? "pre-vote" : "vote") \(vote.isGranted ? "granted" : "refused")"
        case .appendEntries(.matched(let index)): "matched \(index)"
        case .appendEntries(.conflict(let rejected, let hint)): "conflict at \(rejected) hint \(hint)"
        case .appendEntries(.staleTerm): "stale term"
        case .appendEntries(.noSpace): "no space"
        case .heartbeat(let beat):
            "heartbeat round \(beat.round) \(beat.isAccepted ? "accepted" : "rejected")"
                + (beat.hasSpace ? "" : ", no space")
        case .timeoutNow: "will stand"
        case .refused(let refusal): "refused \(refusal)"
        case .hello, .readIndex, .propose, .installSnapshot, .administer: "not of the engine"
        }
    }

    static func status(of node: EngineNode) -> String {
        let raft = node.raft
        let leader = raft.leader.map { "leader \($0.nodeID)" } ?? "no leader"
        return "  \(node.number) \(raft.role), \(leader), \(describe(raft.hardState)), last \(raft.log.lastPosition), "
            + "durable \(node.lastDurable), commit \(raft.commitIndex), \(describe(raft.configuration))"
            + (raft.log.base.index > 0 ? ", base \(raft.log.base)" : "") + (raft.isRemoved ? ", removed" : "")
            + (raft.transferTarget.map { ", hands over to \($0)" } ?? "")
    }

    static func describe(_ progress: Progress) -> String {
        "  \(progress.number) \(progress.state) match \(progress.matchIndex) next \(progress.nextIndex)"
            + (progress.isPaused ? " paused" : "") + (progress.farewell == nil ? "" : " leaves")
            + (progress.hasSpace ? "" : " full")
    }
}
