import Raft
import Testing

/// What a node in a cluster answers to an empty one.
@Suite struct FormedAnswerTests {
    private static let me = Identity(nodeID: "a", instance: InstanceID(high: 1, low: 1))

    private static func configuration(third: Member) -> Configuration {
        Configuration(
            clusterID: Samples.clusterID,
            members: [
                Member(number: 1, nodeID: "a", address: "a:7", instance: me.instance),
                Member(number: 2, nodeID: "b", address: "b:7", instance: InstanceID(high: 1, low: 2)), third,
            ])
    }

    private static func standing(
        of nodeID: String, instance: UInt64, at address: String = "x:7", isExplicit: Bool = false,
        third: Member = Member(number: 3, nodeID: "c", address: "c:7", instance: nil)
    ) -> HelloResponse.Standing {
        let hello = Hello(address: address, isAddressExplicit: isExplicit, recipientAddress: "a:7", peers: [])
        let sender = Identity(nodeID: nodeID, instance: InstanceID(high: 1, low: instance))
        return Formation.answer(
            hello, from: sender, by: me, in: configuration(third: third), address: "a:7", isAddressExplicit: false
        ).standing
    }

    private static let nameless = Member(number: 3, nodeID: nil, address: "c:7", instance: nil)

    @Test func theInstanceDecides() {
        #expect(Self.standing(of: "b", instance: 2) == .formed(.bound))
        #expect(Self.standing(of: "b", instance: 9) == .formed(.boundToAnother))
        #expect(Self.standing(of: "c", instance: 3) == .formed(.unbound))
        #expect(Self.standing(of: "d", instance: 4) == .formed(.stranger))
    }

    @Test func aNamelessMemberNotHeardYetMayBeAnybodyNotKnownOtherwise() {
        #expect(Self.standing(of: "c", instance: 3, third: Self.nameless) == .formed(.unbound))
        #expect(Self.standing(of: "b", instance: 9, third: Self.nameless) == .formed(.boundToAnother))
        #expect(
            Self.standing(of: "c", instance: 3, at: "b:7", isExplicit: true, third: Self.nameless)
                == .formed(.stranger))
    }

    @Test func theOthersAreTold() {
        let hello = Hello(address: "c:7", isAddressExplicit: false, recipientAddress: "a:7", peers: [])
        let sender = Identity(nodeID: "c", instance: InstanceID(high: 1, low: 3))
        let response = Formation.answer(
            hello, from: sender, by: Self.me, in: Self.configuration(third: Self.nameless), address: "a:7",
            isAddressExplicit: true)
        #expect(response.peers.map(\.description) == ["b@b:7", "c:7"])
        #expect(response.address == "a:7" && response.isAddressExplicit)
    }

    @Test("A node that is to join by --join is empty, lists nobody, and forms nothing with anybody")
    func joining() {
        let answer = Formation.answerJoining(address: "d:7", isAddressExplicit: true)
        #expect(answer.standing == .empty(isSameMembers: false))
        #expect(answer.peers.isEmpty)
        // Who lists it by mistake does not count it.
        var formation = Formation(
            identity: Self.me, address: "a:7", isAddressExplicit: true,
            peers: [PeerSpecification(nodeID: "d", address: "d:7")])
        let joiner = Identity(nodeID: "d", instance: InstanceID(high: 1, low: 4))
        formation.received(answer, from: joiner, clusterID: .none, index: 0)
        guard case .refused(let reason) = formation.state else {
            Issue.record("\(formation.state)")
            return
        }
        #expect(!reason.isFatal)
    }
}
