import Testing

@testable import Raft

/// What a change of the members makes of a configuration, and which it refuses.
@Suite struct ConfigurationChangesTests {
    private let three = Configuration(clusterID: Peer.clusterID, members: (1...3).map { EngineCluster.member($0) })

    private func id(_ number: UInt64) -> InstanceID { InstanceID(high: number, low: 1) }

    @Test func aNewMemberIsALearnerThatIsToBePromotedUnlessItStaysOne() throws {
        let wider = try #require(try three.adding(nodeID: "n4", address: "n4:1", instance: id(4), asLearner: false))
        #expect(
            wider.members.last
                == Member(
                    number: 4, nodeID: "n4", address: "n4:1", instance: id(4), isLearner: true, isToBePromoted: true))
        #expect(wider.voters.count == 3)
        let learner = try #require(try three.adding(nodeID: "n4", address: "n4:1", instance: id(4), asLearner: true))
        #expect(learner.members.last?.isToBePromoted == false)
        // Asked again as a voter, it is to be promoted; the other way round nothing changes.
        let asked = try learner.adding(nodeID: "n4", address: "n4:1", instance: id(4), asLearner: false)
        #expect(asked?.members.last?.isToBePromoted == true)
        #expect(try wider.adding(nodeID: "n4", address: "n4:1", instance: id(4), asLearner: true) == nil)
    }

    @Test func noNumberIsUsedTwice() throws {
        let two = try three.removing(nodeID: "n3")
        #expect(two.nextNumber == 4)
        let again = try #require(try two.adding(nodeID: "n3", address: "n3:1", instance: id(3), asLearner: false))
        #expect(again.members.map(\.number) == [1, 2, 4])
        #expect(again.nextNumber == 5)
        #expect(Configuration(clusterID: .none, members: []).nextNumber == 1)
        let last = Configuration(clusterID: .none, members: three.members, nextNumber: .max)
        #expect(throws: MembershipError.tooMany) {
            _ = try last.adding(nodeID: "n4", address: "n4:1", instance: id(4), asLearner: false)
        }
    }

    @Test func aKnownMemberIsReaddressedOrBoundOrLeftAlone() throws {
        #expect(try three.adding(nodeID: "n2", address: "n2:1", instance: id(2), asLearner: false) == nil)
        // A voter stays one.
        #expect(try three.adding(nodeID: "n2", address: "n2:1", instance: id(2), asLearner: true) == nil)
        let moved = try three.adding(nodeID: "n2", address: "x:9", instance: id(2), asLearner: false)
        #expect(moved?.members[1] == Member(number: 2, nodeID: "n2", address: "x:9", instance: id(2)))
        let unbound = Configuration(
            clusterID: Peer.clusterID,
            members: [EngineCluster.member(1), EngineCluster.member(2, isBound: false)])
        let bound = try unbound.adding(nodeID: "n2", address: "n2:1", instance: id(2), asLearner: false)
        #expect(bound?.members[1] == EngineCluster.member(2))
        let nameless = Configuration(
            clusterID: Peer.clusterID,
            members: [EngineCluster.member(1), Member(number: 2, nodeID: nil, address: "b:1", instance: nil)])
        let named = try nameless.adding(nodeID: "b", address: "b:1", instance: id(7), asLearner: false)
        #expect(named?.members[1] == Member(number: 2, nodeID: "b", address: "b:1", instance: id(7)))
    }

    @Test func refusals() {
        #expect(throws: MembershipError.boundToAnother(nodeID: "n2")) {
            _ = try three.adding(nodeID: "n2", address: "n2:1", instance: id(9), asLearner: false)
        }
        #expect(throws: MembershipError.addressTaken(address: "n3:1", by: "n3")) {
            _ = try three.adding(nodeID: "n4", address: "n3:1", instance: id(4), asLearner: false)
        }
        #expect(throws: MembershipError.addressTaken(address: "n3:1", by: "n3")) {
            _ = try three.adding(nodeID: "n2", address: "n3:1", instance: id(2), asLearner: false)
        }
        #expect(throws: MembershipError.instanceTaken(by: "n2")) {
            _ = try three.adding(nodeID: "n4", address: "n4:1", instance: id(2), asLearner: false)
        }
        #expect(throws: MembershipError.notFound(nodeID: "n9")) { _ = try three.removing(nodeID: "n9") }
        let one = Configuration(
            clusterID: .none, members: [EngineCluster.member(1), EngineCluster.member(2, isLearner: true)])
        #expect(throws: MembershipError.lastVoter(nodeID: "n1")) { _ = try one.removing(nodeID: "n1") }
        #expect(throws: Never.self) { _ = try one.removing(nodeID: "n2") }
        let many = Configuration(clusterID: .none, members: (1...1024).map { EngineCluster.member($0) })
        #expect(throws: MembershipError.tooMany) {
            _ = try many.adding(nodeID: "x", address: "x:1", instance: id(5000), asLearner: false)
        }
    }

    @Test func onlyABoundLearnerIsPromoted() throws {
        let learner = try #require(try three.adding(nodeID: "n4", address: "n4:1", instance: id(4), asLearner: false))
        #expect(learner.promoting(4)?.members.last == EngineCluster.member(4))
        #expect(learner.promoting(1) == nil)
        #expect(learner.promoting(9) == nil)
        var unbound = learner
        unbound.members[3].instance = nil
        #expect(unbound.promoting(4) == nil)
    }

    /// The condition of thesis 4.1, by brute force over all majorities.
    @Test func anyChangeLeavesMajoritiesThatShareAVoter() throws {
        for size in 1...6 {
            let numbers = (1...size).map(Member.Number.init)
            let before = Configuration(clusterID: .none, members: numbers.map { EngineCluster.member($0) })
            let learner = try #require(
                try before.adding(nodeID: "new", address: "new:1", instance: id(99), asLearner: false))
            var changes = [learner]
            if size > 1 { changes.append(try before.removing(nodeID: "n1")) }
            for after in changes { expectSharedVoter(before, after) }
            expectSharedVoter(learner, try #require(learner.promoting(learner.members[size].number)))
        }
        let five = Configuration(clusterID: .none, members: (1...5).map { EngineCluster.member($0) })
        #expect(!three.mayBecome(Configuration(clusterID: three.clusterID, members: five.members)))
        #expect(!three.mayBecome(Configuration(clusterID: .none, members: three.members)))
        #expect(!three.mayBecome(Configuration(clusterID: three.clusterID, members: three.members, nextNumber: 3)))
        var rebound = three
        rebound.members[2].instance = id(77)
        #expect(!three.mayBecome(rebound))
    }

    private func expectSharedVoter(_ before: Configuration, _ after: Configuration) {
        #expect(before.mayBecome(after))
        let universe = Array(Set(before.voters.map(\.number) + after.voters.map(\.number))).sorted()
        func majorities(_ configuration: Configuration) -> [Int] {
            let mask = universe.enumerated().reduce(0) {
                configuration[$1.element]?.isLearner == false ? $0 | 1 << $1.offset : $0
            }
            return (0..<(1 << universe.count)).filter { $0 & ~mask == 0 && $0.nonzeroBitCount >= configuration.quorum }
        }
        for one in majorities(before) {
            #expect(majorities(after).allSatisfy { $0 & one != 0 })
        }
    }
}
