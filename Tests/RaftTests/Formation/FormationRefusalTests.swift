import Raft
import Testing

@Suite struct FormationRefusalTests {
    private static let three = FormationWorld(
        [("a", "a:7", "b@b:7 c@c:7"), ("b", "b:7", "a@a:7 c@c:7"), ("c", "c:7", "a@a:7 d@d:7")],
        places: ["a:7": 0, "b:7": 1, "c:7": 2])

    @Test func oneProcessUnderTwoAddressesCountsOnce() {
        // The third of the list is an alias of the second: 2 of 5 have met, not 3.
        let lines = [
            ("a", "a:7", "b:7 alias:7 x:7 y:7"), ("b", "b:7", "a:7 alias:7 x:7 y:7"),
        ]
        var world = FormationWorld(
            lines.map { (id: $0.0, address: $0.1, peers: $0.2) }, places: ["a:7": 0, "b:7": 1, "alias:7": 1])
        for question in world.questions where question.asker == 0 {
            world.ask(question)
            world.ask(question)
        }
        #expect(world.nodes[0].state == .gathering(heard: 2, needed: 3))
    }

    @Test func otherMembersAreSaidWithBothLists() throws {
        var world = FormationWorld(
            [("a", "a:7", "b@b:7 c@c:7"), ("b", "b:7", "a@a:7 d@d:7")], places: ["a:7": 0, "b:7": 1])
        world.askAll()
        for place in 0..<2 {
            guard case .refused(let reason) = world.nodes[place].state else {
                Issue.record("\(world.nodes[place].state)")
                continue
            }
            #expect(!reason.isFatal && !world.nodes[place].isSettled)
            for part in ["c@c:7", "d@d:7", "--peers"] { #expect(reason.description.contains(part), "\(reason)") }
        }
    }

    @Test func theOddOneOutDoesNotKeepAMajorityFromForming() {
        var world = Self.three
        world.askAll()
        let expected = ["a@a:7#1", "b@b:7#2", "c@c:7#-"]
        #expect(world.members(0) == expected)
        #expect(world.members(1) == expected)
        #expect(world.nodes[0].disagreements.map(\.peer.description) == ["c@c:7"])
        guard case .refused(.differentMembers) = world.nodes[2].state else {
            Issue.record("\(world.nodes[2].state)")
            return
        }
    }

    @Test func aMendedListIsTaken() {
        var world = Self.three
        world.askAll()
        world.nodes[2] = Formation(
            identity: world.nodes[2].identity, address: "c:7", isAddressExplicit: false,
            peers: FormationWorld.peers("a@a:7 b@b:7"))
        world.askAll()
        #expect((0..<3).map { world.members($0) == ["a@a:7#1", "b@b:7#2", "c@c:7#3"] } == [true, true, true])
        #expect(world.nodes[0].disagreements.isEmpty)
    }

    @Test func aDisagreementIsForgottenWhenThePeerIsGone() {
        var world = FormationWorld(
            [("a", "a:7", "b@b:7 c@c:7"), ("b", "b:7", "a@a:7 d@d:7")], places: ["a:7": 0, "b:7": 1])
        world.askAll()
        world.places["b:7"] = nil
        world.askAll()
        #expect(world.nodes[0].state == .gathering(heard: 1, needed: 2))
    }

    @Test func agreementOutlivesSilence() {
        var world = Self.three
        world.askAll()
        world.places = [:]
        world.askAll()
        #expect(world.members(0) == ["a@a:7#1", "b@b:7#2", "c@c:7#-"])
    }

    @Test func aNodeThatNobodyListsIsSaid() {
        var world = FormationWorld(
            [("a", "a:7", "b@b:7 c@c:7"), ("d", "d:7", "a@a:7 b@b:7")], places: ["a:7": 0, "d:7": 1])
        world.ask(.init(asker: 1, index: 0))
        #expect(world.nodes[0].disagreements.map(\.peer.description) == ["d@d:7"])
        #expect(world.nodes[0].state == .gathering(heard: 1, needed: 2), "it blocks nothing")
    }

    @Test func anAddressThatReachesAnotherNameIsADisagreement() {
        var world = FormationWorld(
            [("a", "a:7", "b@x:7 c@c:7"), ("c", "c:7", "a@a:7 b@b:7")], places: ["x:7": 1])
        world.askAll()
        guard case .refused(.differentMembers) = world.nodes[0].state else {
            Issue.record("\(world.nodes[0].state)")
            return
        }
    }

    @Test func twoPeersOfOneNameNeverCountBoth() {
        var world = FormationWorld(
            [("a", "a:7", "x:1 x:2"), ("b", "b:7", "x:0 x:2"), ("b", "b:8", "x:0 x:1")],
            places: ["x:0": 0, "x:1": 1, "x:2": 2])
        world.askAll(rounds: 3)
        #expect(world.members(0).map { $0.filter { $0.hasPrefix("b@") }.count } ?? 0 <= 1)
        #expect(world.nodes[1].state == .refused(.nameTaken(nodeID: "b", address: "x:2")))
        #expect(world.nodes[2].state == .refused(.nameTaken(nodeID: "b", address: "x:1")))
    }

    @Test func aNodeThatReachesItselfSaysSo() {
        var world = FormationWorld([("a", "a:7", "b@b:7 c@alias:7")], places: ["alias:7": 0])
        world.askAll()
        #expect(world.nodes[0].state == .refused(.listsItself(address: "alias:7")))
        #expect(world.nodes[0].isSettled)
    }

    // MARK: Formed peers

    @Test(arguments: [
        ([HelloResponse.Membership.bound], Formation.State.awaitingLeader(mayVote: true)),
        ([.unbound], .awaitingLeader(mayVote: false)),
        // A member of the cluster that is behind may not know what another knows.
        ([.stranger, .unbound], .awaitingLeader(mayVote: false)),
        ([.unbound, .bound], .awaitingLeader(mayVote: true)),
        ([.boundToAnother, .bound], .awaitingLeader(mayVote: true)),
    ]) func aFormedClusterIsWaitedFor(memberships: [HelloResponse.Membership], expected: Formation.State) {
        var world = Self.three
        for (index, membership) in memberships.enumerated() {
            world.formedAnswer(membership, to: .init(asker: 0, index: index))
        }
        #expect(world.nodes[0].state == expected)
        #expect(world.nodes[0].isSettled == (expected == .awaitingLeader(mayVote: true)))
    }

    @Test func formedBeatsReady() {
        var world = Self.three
        world.askAll()
        #expect(world.members(0) != nil)
        world.formedAnswer(.unbound, to: .init(asker: 0, index: 1))
        #expect(world.nodes[0].state == .awaitingLeader(mayVote: false))
    }

    @Test func aPeerOnceFormedIsNeverTakenForEmpty() {
        var world = Self.three
        world.formedAnswer(.unbound, to: .init(asker: 0, index: 0))
        world.askAll()
        #expect(world.nodes[0].state == .awaitingLeader(mayVote: false))
    }

    @Test func aWipedNodeIsToldTheCure() {
        var world = Self.three
        world.formedAnswer(.boundToAnother, to: .init(asker: 0, index: 0))
        guard case .refused(let reason) = world.nodes[0].state else {
            Issue.record("\(world.nodes[0].state)")
            return
        }
        #expect(reason.isFatal)
        for part in ["wiped", "raftctl leave", "--join b:7"] { #expect(reason.description.contains(part), "\(reason)") }
    }

    @Test func aStrangerIsToldToJoin() {
        var world = Self.three
        world.formedAnswer(.stranger, to: .init(asker: 0, index: 1))
        guard case .refused(let reason) = world.nodes[0].state else {
            Issue.record("\(world.nodes[0].state)")
            return
        }
        #expect(reason.isFatal)
        #expect(reason.description.contains("--join c:7"), "\(reason)")
    }
}
