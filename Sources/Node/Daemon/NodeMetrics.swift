import Glibc
import Raft
import Replica
import StateMachine
import Transport

/// The figures of one node, as `/metrics` tells them.
struct NodeMetrics {
    let status: ReplicaStatus
    let replica: Replica
    let disk: DiskRunner
    let client: ClientPort?

    func document() -> MetricsDocument {
        var document = MetricsDocument()
        addConsensus(to: &document)
        addLog(to: &document)
        addSnapshots(to: &document)
        addComparison(to: &document)
        if let client { addRequests(of: client, to: &document) }
        addProcess(to: &document)
        return document
    }

    private func addConsensus(to document: inout MetricsDocument) {
        let statistics = replica.statistics
        document.add("raftd_is_leader", "gauge", "1 while this node leads.", status.role == .leader ? 1 : 0)
        document.add("raftd_has_leader", "gauge", "1 while this node knows a leader.", status.leaderID == nil ? 0 : 1)
        document.add("raftd_term", "gauge", "Current term.", status.term)
        document.add("raftd_commit_index", "gauge", "Highest log index known to be committed.", status.commitIndex)
        document.add(
            "raftd_last_applied", "gauge", "Highest log index applied to the state machine.", status.lastApplied)
        document.add("raftd_last_log_index", "gauge", "Index of the last entry of the log.", status.lastLogIndex)
        document.add("raftd_members", "gauge", "Members of the cluster.", UInt64(status.configuration.members.count))
        document.add(
            "raftd_leader_changes_total", "counter", "Leaders this node has seen since its start.",
            statistics.leaderChanges)
        document.add(
            "raftd_elections_total", "counter", "Elections this node has stood for since its start.",
            statistics.electionsStarted)
        document.add(
            "raftd_forwarded_writes_total", "counter", "Writes passed on to a leader.", statistics.forwardedWrites)
        document.add(
            "raftd_retried_writes_total", "counter", "Forwarded writes that were tried again.", statistics.retriedWrites
        )
    }

    private func addLog(to document: inout MetricsDocument) {
        document.add("raftd_log_sync_seconds", "Duration of log and raft_meta syncs.", disk.syncs)
        document.add("raftd_log_batches_total", "counter", "Batches written to the log.", replica.statistics.batches)
        document.add(
            "raftd_log_entries_total", "counter", "Entries written to the log.", replica.statistics.batchedEntries)
        document.add("raftd_log_segments", "gauge", "Segment files of the log.", UInt64(replica.log.segmentCount))
        document.add("raftd_log_bytes", "gauge", "Bytes of the log on disk.", replica.log.bytesOnDisk)
        document.add("raftd_keys", "gauge", "Keys in the state machine.", UInt64(replica.stateMachine.count))
        document.add(
            "raftd_state_bytes", "gauge", "Approximate bytes of the state machine.",
            UInt64(replica.stateMachine.approximateBytes))
    }

    private func addSnapshots(to document: inout MetricsDocument) {
        let snapshots = disk.snapshots
        document.add(
            "raftd_snapshot_index", "gauge", "Last index of the newest snapshot.", replica.snapshotPosition.index)
        document.add("raftd_snapshots_written_total", "counter", "Snapshots of the own state.", snapshots.written)
        document.add("raftd_snapshots_loaded_total", "counter", "Snapshots of a leader, read back.", snapshots.loaded)
        document.add(
            "raftd_snapshot_chunks_read_total", "counter", "Pieces of snapshots read for followers.", snapshots.chunks)
        document.add(
            "raftd_disk_stalls_total", "counter", "Jobs that met a disk without space and were tried again.",
            disk.stalls)
        document.add(
            "raftd_disk_healthy", "gauge", "1 while the disk takes writes.", replica.storageTrouble == nil ? 1 : 0)
        document.add("raftd_learners", "gauge", "Learners in the cluster.", learners)
    }

    private func addComparison(to document: inout MetricsDocument) {
        let comparison = replica.comparisonStatus
        document.add(
            "raftd_replica_hash_index", "gauge", "Index at which the members' states were compared last.",
            comparison.index)
        document.add(
            "raftd_replica_hash_mismatch", "gauge", "1 while the states of members are known to differ.",
            comparison.isMismatch ? 1 : 0)
        document.add(
            "raftd_replica_hash_convicted", "gauge",
            "1 if this node's own state is known to be wrong: it serves no reads.",
            comparison.conviction == nil ? 0 : 1)
    }

    private var learners: UInt64 { UInt64(status.configuration.members.count(where: \.isLearner)) }

    private func addRequests(of client: ClientPort, to document: inout MetricsDocument) {
        let counters = client.counters
        document.add("raftd_http_request_seconds", "Time from a request of /v1 to its answer.", client.latency)
        document.add("raftd_http_requests_total", "counter", "Requests on the client port.", UInt64(counters.requests))
        let classes = counters.responsesByClass.enumerated().map { ("\($0.offset + 1)xx", UInt64($0.element)) }
        document.add(
            "raftd_http_responses_total", "counter", "Answers on the client port by class.", by: "class", classes)
        document.add("raftd_watches", "gauge", "Open watches.", UInt64(client.openWatches))
        document.add(
            "raftd_streams", "gauge", "Open streams: watches, of changes, and of HTTP+SSE.", UInt64(client.openStreams))
        document.add(
            "raftd_mcp_sessions", "gauge", "MCP sessions of clients that began with initialize, on all nodes.",
            UInt64(replica.stateMachine.mcpSessionCount))
        document.add("raftd_http_connections", "gauge", "Open client connections.", UInt64(client.openConnections))
        document.add(
            "raftd_http_connections_refused_total", "counter", "Client connections beyond the limit.",
            UInt64(counters.connectionsRefused))
    }

    private func addProcess(to document: inout MetricsDocument) {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(microseconds) * 1000
        document.add("process_cpu_seconds_total", "counter", "User and system CPU time.", seconds: nanoseconds)
        document.add(
            "process_resident_memory_max_bytes", "gauge", "Largest resident set so far.", UInt64(usage.ru_maxrss) * 1024
        )
    }
}
