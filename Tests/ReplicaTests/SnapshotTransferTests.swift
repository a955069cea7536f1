import Raft
import Simulation
import Testing

@testable import Replica

@Suite struct SnapshotTransferTests {
    /// A follower whose disk hangs still answers, that it has no more than before. It must not be sent the same chunk without a pause.
    @Test func whoTakesNothingIsNotSentTheSameAgainAtOnce() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let replica = try simulation.replica(leader)
        let follower = try simulation.replica(followers[0]).identity
        let member = try #require(replica.raft.configuration.member(of: follower.instance))
        let stored = Snapshots.Stored(
            position: LogPosition(index: replica.raft.commitIndex, term: replica.raft.currentTerm), path: "data/none",
            size: 300, checksum: 1)
        let number = replica.transfers.begin(stored, to: member.number, now: simulation.now).number
        let header = PeerHeader(
            clusterID: replica.raft.clusterID, sender: follower, recipient: replica.identity.instance,
            term: replica.raft.currentTerm)
        func answer(_ offset: UInt64) {
            replica.receiveSnapshotAnswer(
                .received(offset: offset), header: header, member: member.number, transfer: number, now: simulation.now)
        }
        func send(_ offset: UInt64, count: Int) {
            let read = SnapshotRead(
                path: stored.path, offset: offset, count: count, member: member.number, transfer: number)
            replica.snapshotRead(read, [UInt8](repeating: 0, count: count), now: simulation.now)
        }
        answer(0)
        #expect(replica.transfers.all[0].step == .reading, "the question is answered: the first chunk is due")
        send(0, count: 100)
        answer(0)
        let pause = simulation.now.advanced(byMilliseconds: replica.settings.raft.heartbeatIntervalMilliseconds)
        #expect(replica.transfers.all[0].step == .waiting(until: pause))
        replica.driveTransfers(now: pause)
        #expect(replica.transfers.all[0].step == .sending(count: 0))
        answer(0)
        #expect(replica.transfers.all[0].step == .reading)
        send(0, count: 100)
        answer(100)
        #expect(replica.transfers.all[0].step == .reading, "what is taken is followed at once")
    }
}
