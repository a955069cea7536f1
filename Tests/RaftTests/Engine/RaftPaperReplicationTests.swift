import Raft
import Testing

/// Sentences of the thesis on the log, its commitment and its members (3.5, 3.6.2, 4.1, 10.2.1), each a test.
@Suite struct RaftPaperReplicationTests {
    /// A leader of term 1 among `size` members whose first entry is committed and known everywhere.
    private func settledLeader(size: Int = 3) -> Peer {
        var peer = Peer(size: size)
        let others = (2...size).map(Member.Number.init)
        peer.becomeLeader(by: Array(others.prefix(size / 2)))
        for other in others { peer.acknowledge(1, by: other) }
        return peer
    }

    // MARK: Replication (3.5)

    @Test(
        "The leader appends the command to its log as a new entry, then issues AppendEntries in parallel to each of the other servers"
    )
    func appendsThenSends() {
        var peer = settledLeader()
        let ready = peer.step(.propose([Array("x".utf8)]))
        #expect(ready.proposed == [2])
        #expect(ready.entries.map(\.position) == [LogPosition(index: 2, term: 1)])
        #expect(ready.appends.map(\.to) == [2, 3])
        #expect(
            ready.appends.allSatisfy {
                $0.append.entries == ready.entries && $0.append.previous == LogPosition(index: 1, term: 1)
            })
    }

    @Test("If followers crash or run slowly, the leader retries AppendEntries until all followers store all entries")
    func retries() {
        var peer = settledLeader()
        peer.step(.propose([Array("x".utf8)]))
        peer.step(.unreachable(3))
        let response = PeerResponse.Body.heartbeat(HeartbeatResponse(round: 1, isAccepted: true))
        let ready = peer.answer(response, by: 3, term: 1)
        #expect(ready.appends.map(\.to) == [3])
        #expect(ready.appends.first?.append.entries.map(\.index) == [2])
    }

    @Test("A silent follower is sent its entries again after an election time-out")
    func retriesAfterSilence() {
        var peer = settledLeader()
        peer.step(.propose([Array("x".utf8)]))
        for round in 2...4 {
            peer.wait(100)
            peer.answer(.heartbeat(HeartbeatResponse(round: UInt64(round), isAccepted: true)), by: 3, term: 1)
            let ready = peer.step(.tick)
            #expect(ready.appends.map(\.to) == (round == 4 ? [2, 3] : []), "round \(round)")
        }
    }

    @Test("The leader forces the followers' logs to duplicate its own; conflicting entries are overwritten")
    func overwritesConflicts() {
        var peer = Peer(terms: [1, 1, 2, 2])
        let answer = peer.append([Peer.entry(3, 3)], after: LogPosition(index: 2, term: 1), term: 3)
        #expect(answer == .matched(matchIndex: 3))
        #expect(peer.raft.log.lastPosition == LogPosition(index: 3, term: 3))
    }

    @Test(
        "If an existing entry conflicts with a new one, the follower deletes the existing entry and all that follow it, before it appends"
    )
    func truncatesOnDisk() {
        var peer = Peer(terms: [1, 2, 2, 2])
        let append = AppendEntries(
            previous: LogPosition(index: 1, term: 1), entries: [Peer.entry(2, 2), Peer.entry(3, 3)], leaderCommit: 0)
        let header = PeerHeader(
            clusterID: Peer.clusterID, sender: EngineNode.identity(2), recipient: peer.raft.identity.instance, term: 3)
        let ready = peer.step(.request(PeerRequest(header: header, body: .appendEntries(append)), token: 4))
        #expect(ready.truncateAfter == LogPosition(index: 2, term: 2))
        #expect(ready.entries == [Peer.entry(3, 3)])
        #expect(ready.messages.isEmpty)
        #expect(ready.messagesAfterEntries.count == 1)
    }

    @Test("A leader never overwrites or deletes entries in its log; it only appends new entries")
    func leaderAppendsOnly() {
        var peer = Peer(terms: [1, 1, 2])
        peer.becomeLeader()
        #expect((1...3).map { peer.raft.log.entry(at: $0) } == [Peer.entry(1, 1), Peer.entry(2, 1), Peer.entry(3, 2)])
        let before = peer.raft.log.lastIndex
        // Neither a request of an earlier leader nor a follower's conflict changes it.
        #expect(peer.append([Peer.entry(2, 2)], after: LogPosition(index: 1, term: 1), term: 2) == .staleTerm)
        peer.answer(.appendEntries(.conflict(rejected: 3, hint: .zero)), by: 2, term: peer.raft.currentTerm)
        #expect(peer.raft.log.lastIndex == before)
        #expect(peer.raft.log.entry(at: 2) == Peer.entry(2, 1))
    }

    @Test("If the follower does not find an entry with the same index and term, then it refuses the new entries")
    func consistencyCheck() {
        var peer = Peer(terms: [1, 1])
        let missing = peer.append([Peer.entry(5, 3)], after: LogPosition(index: 4, term: 1), term: 3)
        #expect(missing == .conflict(rejected: 4, hint: LogPosition(index: 2, term: 1)))
        let other = peer.append([Peer.entry(3, 3)], after: LogPosition(index: 2, term: 2), term: 3)
        #expect(other == .conflict(rejected: 2, hint: LogPosition(index: 2, term: 1)))
        #expect(peer.raft.log.lastIndex == 2)
    }

    @Test(
        "After a rejection, the leader decrements nextIndex and retries; with the conflicting term, in one step a term")
    func decrementsNextIndex() {
        var peer = Peer(terms: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6])
        peer.becomeLeader()
        let term = peer.raft.currentTerm
        let conflict = AppendEntriesResponse.conflict(rejected: 10, hint: LogPosition(index: 10, term: 3))
        let ready = peer.answer(.appendEntries(conflict), by: 3, term: term)
        #expect(ready.appends.map(\.append.previous) == [LogPosition(index: 3, term: 1)])
        // The same answer again is about a request that is over.
        #expect(peer.answer(.appendEntries(conflict), by: 3, term: term).appends.isEmpty)
    }

    @Test("A request that arrives late or twice does not truncate what the log holds beyond it")
    func lateAppend() {
        var peer = Peer(terms: [1, 1, 1, 1], currentTerm: 2)
        let answer = peer.append([Peer.entry(2, 1)], after: LogPosition(index: 1, term: 1), term: 2)
        #expect(answer == .matched(matchIndex: 2))
        #expect(peer.raft.log.lastIndex == 4)
    }

    // MARK: Commitment (3.5, 3.6.2)

    @Test(
        "A log entry is committed once the leader that created the entry has replicated it on a majority of the servers"
    )
    func commitsOnMajority() {
        var peer = settledLeader(size: 5)
        peer.step(.propose([Array("x".utf8)]))
        peer.acknowledge(2, by: 2)
        #expect(peer.raft.commitIndex == 1)
        let ready = peer.acknowledge(2, by: 3)
        #expect(ready.committed.map(\.index) == [2])
    }

    @Test("This also commits all preceding entries in the leader's log, including entries created by previous leaders")
    func commitsPreceding() {
        var peer = Peer(terms: [1, 2, 2])
        peer.becomeLeader()
        let ready = peer.acknowledge(4, by: 2)
        #expect(ready.committed.map(\.index) == [1, 2, 3, 4])
    }

    @Test("Only log entries from the leader's current term are committed by counting replicas")
    func currentTermOnly() {
        var peer = Peer(size: 5, terms: [1, 2])
        peer.becomeLeader(by: [2, 3])
        for member in [2, 3, 4, 5] as [Member.Number] { peer.acknowledge(2, by: member) }
        #expect(peer.raft.commitIndex == 0)
        peer.acknowledge(3, by: 2)
        peer.acknowledge(3, by: 3)
        #expect(peer.raft.commitIndex == 3)
    }

    @Test(
        "The leader keeps track of the highest index it knows to be committed, and includes it in AppendEntries so that the others find out"
    )
    func tellsCommitIndex() {
        var peer = settledLeader()
        let ready = peer.step(.propose([Array("x".utf8)]))
        #expect(ready.appends.allSatisfy { $0.append.leaderCommit == 1 })

        var follower = Peer(terms: [1, 1], currentTerm: 2)
        #expect(follower.append([Peer.entry(3, 2)], after: LogPosition(index: 2, term: 1), commit: 9, term: 2) != nil)
        #expect(follower.raft.commitIndex == 3)
    }

    @Test("A follower commits no more than the request has shown to be the leader's")
    func commitIsBounded() {
        var peer = Peer(terms: [1, 1, 1, 1], currentTerm: 2)
        #expect(peer.append(after: LogPosition(index: 2, term: 1), commit: 4, term: 2) != nil)
        #expect(peer.raft.commitIndex == 2)
    }

    @Test("A heartbeat names no entry as committed that its recipient is not known to hold")
    func heartbeatCommit() {
        var peer = settledLeader()
        peer.step(.propose([Array("x".utf8)]))
        peer.acknowledge(2, by: 2)
        peer.wait(100)
        let beats = peer.step(.tick).heartbeats
        #expect(beats.map(\.to) == [2, 3])
        #expect(beats.map(\.heartbeat.leaderCommit) == [2, 1])
    }

    @Test("The leader may write to its disk in parallel; it counts itself only once its own write has completed")
    func countsItselfWhenDurable() {
        var peer = settledLeader()
        peer.isDiskFast = false
        let ready = peer.step(.propose([Array("x".utf8)]))
        #expect(ready.appends.map(\.to) == [2, 3])
        peer.acknowledge(2, by: 2)
        #expect(peer.raft.commitIndex == 1)
        peer.step(.persisted(LogPosition(index: 2, term: 1)))
        #expect(peer.raft.commitIndex == 2)
    }

    @Test("The entry may even be committed before the leader has written it, by a majority of the others")
    func commitsWithoutOwnDisk() {
        var peer = settledLeader()
        peer.isDiskFast = false
        peer.step(.propose([Array("x".utf8)]))
        peer.acknowledge(2, by: 2)
        let ready = peer.acknowledge(2, by: 3)
        #expect(ready.committed.map(\.index) == [2])
    }

    @Test("A completed write of entries that were replaced meanwhile says nothing about those that replaced them")
    func lateCompletion() {
        var peer = Peer(terms: [1], currentTerm: 1)
        peer.isDiskFast = false
        #expect(
            peer.append([Peer.entry(2, 1), Peer.entry(3, 1)], after: LogPosition(index: 1, term: 1), term: 1) != nil)
        #expect(peer.append([Peer.entry(2, 2)], after: LogPosition(index: 1, term: 1), term: 2) != nil)
        peer.step(.persisted(LogPosition(index: 3, term: 1)))
        peer.step(.persisted(LogPosition(index: 2, term: 1)))
        #expect(peer.raft.persistedIndex == 1)
        peer.step(.persisted(LogPosition(index: 2, term: 2)))
        #expect(peer.raft.persistedIndex == 2)
    }

    @Test("An acknowledgement that waited for the disk beyond its term is void")
    func lateAcknowledgement() {
        var peer = Peer(currentTerm: 1)
        let header = PeerHeader(
            clusterID: Peer.clusterID, sender: EngineNode.identity(2), recipient: peer.raft.identity.instance, term: 1)
        let answer = peer.raft.response(.appendEntries(.matched(matchIndex: 3)), to: header)
        #expect(peer.raft.current(answer) == answer)
        peer.timeOut()
        peer.answer(.requestVote(RequestVoteResponse(isPreVote: true, isGranted: true)), by: 2, term: 1)
        #expect(peer.raft.current(answer).body == .appendEntries(.staleTerm))
        #expect(peer.raft.current(answer).header.term == 2)
    }

    // MARK: Whose acknowledgement counts

    @Test("Each instance's acknowledgement counts once, and only a bound voter's")
    func acknowledgesOnce() {
        let members =
            [1, 2, 3].map { EngineCluster.member($0) }
            + [
                EngineCluster.member(4, isBound: false), EngineCluster.member(5),
                EngineCluster.member(6, isLearner: true),
            ]
        var peer = Peer(members: members)
        peer.becomeLeader(by: [2, 3])
        peer.acknowledge(1, by: 2)
        peer.acknowledge(1, by: 2)
        peer.acknowledge(1, by: 3, as: EngineNode.identity(2))
        peer.acknowledge(1, by: 3, as: EngineNode.identity(1))
        peer.acknowledge(1, by: 4, as: EngineNode.identity(4))
        peer.acknowledge(1, by: 5, as: Identity(nodeID: "n5", instance: InstanceID(high: 99, low: 99)))
        peer.acknowledge(1, by: 6)
        #expect(peer.raft.commitIndex == 0)
        peer.acknowledge(1, by: 5)
        #expect(peer.raft.commitIndex == 1)
    }

    @Test("An acknowledgement of what the leader does not hold counts for nothing")
    func acknowledgesTooMuch() {
        var peer = settledLeader()
        peer.acknowledge(99, by: 2)
        #expect(peer.raft.commitIndex == 1)
    }

    @Test("An acknowledgement of another term counts for nothing: the entries may have been replaced since")
    func acknowledgesInAnotherTerm() {
        var peer = Peer(terms: [1, 1])
        peer.becomeLeader()
        peer.answer(.appendEntries(.matched(matchIndex: 3)), by: 2, term: 1)
        #expect(peer.raft.commitIndex == 0)
        peer.acknowledge(3, by: 2)
        #expect(peer.raft.commitIndex == 3)
    }

    // MARK: Entries that have left memory

    @Test(
        "What a follower lacks and memory no longer holds is read from disk, and not asked for again before it is heard"
    )
    func readsFromDisk() {
        var settings = EngineScript.defaultSettings
        settings.windowBytes = 0
        var peer = Peer(terms: [1, 1], settings: settings)
        peer.becomeLeader()
        peer.acknowledge(3, by: 2)
        let conflict = AppendEntriesResponse.conflict(rejected: 2, hint: .zero)
        #expect(peer.answer(.appendEntries(conflict), by: 3, term: 2).logReads.map(\.from) == [1])
        let isHeard = PeerResponse.Body.heartbeat(HeartbeatResponse(round: 1, isAccepted: true))
        #expect(peer.step(.entriesRead([], for: 3)).logReads.isEmpty)
        #expect(peer.answer(isHeard, by: 3, term: 2).logReads.map(\.from) == [1])
        // The disk may hold more than the log, of a leader that is gone.
        let ready = peer.step(.entriesRead([Peer.entry(1, 1), Peer.entry(2, 1), Peer.entry(3, 1)], for: 3))
        #expect(ready.appends.map(\.to) == [3])
        #expect(ready.appends.first?.append.entries.map(\.index) == [1, 2])
    }

    @Test("What a read brings is sent as far as one message takes it")
    func sendsNoMoreThanAMessageTakes() {
        var settings = EngineScript.defaultSettings
        settings.windowBytes = 0
        let terms = Array(repeating: 1 as Term, count: PeerCodec.maximumEntries + 10)
        var peer = Peer(terms: terms, settings: settings)
        peer.becomeLeader()
        peer.acknowledge(LogIndex(terms.count) + 1, by: 2)
        let conflict = AppendEntriesResponse.conflict(rejected: LogIndex(terms.count), hint: .zero)
        peer.answer(.appendEntries(conflict), by: 3, term: 2)
        let ready = peer.step(.entriesRead(terms.indices.map { Peer.entry(LogIndex($0 + 1), 1) }, for: 3))
        #expect(ready.appends.map(\.append.entries.count) == [PeerCodec.maximumEntries])
    }

    @Test("A conflict about an index that nobody asked for counts for nothing, whatever the index")
    func ignoresAbsurdConflicts() {
        var peer = Peer(terms: [1, 1])
        peer.becomeLeader()
        let hint = LogPosition(index: .max, term: .max)
        for rejected in [0, 1, .max - 1, .max] as [LogIndex] {
            let conflict = AppendEntriesResponse.conflict(rejected: rejected, hint: hint)
            #expect(peer.answer(.appendEntries(conflict), by: 2, term: 2).appends.isEmpty)
        }
    }

    // MARK: Members (4.1)

    @Test(
        "Each server adopts the new configuration as soon as the entry is added to its log, and goes back when it is removed"
    )
    func configurationInForce() {
        var peer = Peer(currentTerm: 1)
        let wider = Configuration(clusterID: Peer.clusterID, members: (1...4).map { EngineCluster.member($0) })
        let entry = LogEntry(term: 1, index: 1, kind: .configuration, payload: ConfigurationCodec.encode(wider))
        #expect(peer.append([entry], term: 1) == .matched(matchIndex: 1))
        #expect(peer.raft.configuration == wider)
        #expect(peer.raft.clusterID == .none)
        #expect(peer.append([Peer.entry(1, 2)], term: 2) == .matched(matchIndex: 1))
        #expect(peer.raft.configuration.members.count == 3)
    }

    @Test(
        "A member is bound by its first answer, one at a time, and not before an entry of the leader's term is committed"
    )
    func binds() {
        let members =
            [1, 2, 3].map { EngineCluster.member($0) } + [
                EngineCluster.member(4, isBound: false), EngineCluster.member(5, isBound: false),
            ]
        var peer = Peer(members: members)
        peer.becomeLeader(by: [2, 3])
        #expect(peer.answer(.refused(.unbound), by: 4, term: 0).entries.isEmpty)
        peer.acknowledge(1, by: 2)
        peer.acknowledge(1, by: 3)
        #expect(peer.answer(.refused(.otherCluster), by: 4, term: 0).entries.isEmpty)
        #expect(peer.answer(.refused(.unbound), by: 4, term: 0, as: EngineNode.identity(2)).entries.isEmpty)
        #expect(peer.answer(.refused(.unbound), by: 4, term: 0).entries.map(\.kind) == [.configuration])
        #expect(peer.raft.configuration.isVoter(EngineNode.identity(4).instance))
        #expect(peer.answer(.refused(.unbound), by: 5, term: 0).entries.isEmpty)
        peer.acknowledge(2, by: 2)
        peer.acknowledge(2, by: 3)
        #expect(peer.answer(.refused(.unbound), by: 5, term: 0).entries.map(\.index) == [3])
    }

    @Test("A leader of a later term binds nobody before it has committed in its own")
    func bindsInOwnTerm() {
        let members = [1, 2, 3].map { EngineCluster.member($0) } + [EngineCluster.member(4, isBound: false)]
        var peer = Peer(terms: [1, 1], members: members)
        peer.becomeLeader(by: [2, 3])
        #expect(peer.answer(.refused(.unbound), by: 4, term: 0).entries.isEmpty)
        peer.acknowledge(3, by: 2)
        peer.acknowledge(3, by: 3)
        #expect(peer.answer(.refused(.unbound), by: 4, term: 0).entries.map(\.kind) == [.configuration])
    }

    @Test("A message for another instance, or for nobody in particular, is refused and changes nothing")
    func refusesOthersMessages() {
        var peer = Peer(currentTerm: 1)
        let vote = PeerRequest.Body.requestVote(RequestVote(lastLog: .zero, isPreVote: false))
        let other = peer.ask(vote, by: EngineNode.identity(2), term: 5, recipient: InstanceID(high: 99, low: 99))
        #expect(other?.body == .refused(.otherInstance))
        let nobody = peer.ask(vote, by: EngineNode.identity(2), term: 5, recipient: InstanceID.none)
        #expect(nobody?.body == .refused(.unbound))
        #expect(peer.raft.hardState == HardState(currentTerm: 1, votedFor: nil))
    }
}
