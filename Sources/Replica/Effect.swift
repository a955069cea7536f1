package import Raft

/// What a replica wants done. The node performs effects in order and holds no policy.
package enum Effect: Sendable {
    case disk(DiskJob)
    /// Read a stretch of the log for a follower that lags behind memory; answered by `Input.logRead`.
    case readLog(LogRead, for: Member.Number)
    /// Perform what the writer hands out, a list at a time, on the bulk worker, paced; answered by `Input.snapshotWritten`, or, when
    /// there is no space, by `Input.snapshotNotWritten` after `SnapshotWriter.abandon`. Any other failure ends the node.
    case writeSnapshot(SnapshotWriter)
    /// `LoadedSnapshot.read` on a worker; answered by `Input.snapshotLoaded`.
    case loadSnapshot(path: String, id: UInt64)
    /// Read a chunk of a snapshot for a follower; answered by `Input.snapshotRead`.
    case readSnapshot(SnapshotRead)
    case send(PeerRequest, to: String, Channel, SendContext)
    case reply(PeerResponse, token: UInt64)
    case answer(Answer, to: ClientRequest.ID)
    /// `POST /raft/join` there, as an operator would; answered by `Input.joinAnswered`.
    case requestJoin(to: String, nodeID: String, address: String, asLearner: Bool)
    /// Open a TCP connection to the address and close it again; answered by `Input.probed`.
    case probe(address: String, ProbeContext)
    /// Answers `Input.administer`.
    case administered(AdminResponse, to: UInt64)
    case report(Report)
    /// The node cannot go on; the message tells the operator why and what to do.
    case stop(message: String)
}

/// The connections to a peer. HTTP/1.1 answers in order, so what must not wait for each other goes separate ways.
package enum Channel: Int, Sendable, CaseIterable {
    /// Heartbeats, votes, hellos: never behind a disk write.
    case control
    /// AppendEntries: answered once durable.
    case log
    /// Proposals and operators' requests: answered once applied.
    case propose
    /// ReadIndex: answered once confirmed.
    case read
    /// Chunks of a snapshot: answered once durable.
    case bulk
}

/// Operations to be performed in order, by one worker, as one job.
package struct DiskJob: Sendable {
    package typealias ID = UInt64

    /// Jobs of one class run one at a time, in order; classes run beside each other.
    package enum Class: Sendable {
        /// `raft_meta` and the log: what acknowledgements wait for.
        case log
        /// The next segment, made ahead.
        case preparation
        /// `raft_peers` and `FORMAT`: for people and for the next start. Files that are not needed any more.
        case side
        /// Chunks of a snapshot that come from the leader.
        case bulk
    }

    package let id: ID
    package let jobClass: Class
    package let operations: [DiskOperation]
}

/// Something an operator may want to read in the logs.
package struct Report: Sendable, Equatable {
    package enum Level: Sendable { case info, warning, error }

    package let level: Level
    package let message: String
}
