import Raft
import Testing

@Suite struct FormationTests {
    /// How three operators may write the same cluster.
    struct Style: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lines: [(id: String, address: String, peers: String)]
        let places: [String: Int]
        let members: [String]

        var world: FormationWorld { FormationWorld(lines, places: places) }
    }

    static let local = ["127.0.0.1:1": 0, "127.0.0.1:2": 1, "127.0.0.1:3": 2]
    static let localMembers = ["a@127.0.0.1:1#1", "b@127.0.0.1:2#2", "c@127.0.0.1:3#3"]

    static let styles = [
        Style(
            testDescription: "named, default addresses",
            lines: [("a", "a:7", "b@b:7 c@c:7"), ("b", "b:7", "a@a:7 c@c:7"), ("c", "c:7", "b@b:7 a@a:7")],
            places: ["a:7": 0, "b:7": 1, "c:7": 2], members: ["a@a:7#1", "b@b:7#2", "c@c:7#3"]),
        Style(
            testDescription: "nameless on one machine, default addresses",
            lines: [
                ("a", "a:1", "127.0.0.1:2 127.0.0.1:3"), ("b", "b:2", "127.0.0.1:1 127.0.0.1:3"),
                ("c", "c:3", "127.0.0.1:1 127.0.0.1:2"),
            ], places: local, members: localMembers),
        Style(
            testDescription: "named on one machine, default addresses",
            lines: [
                ("a", "a:1", "b@127.0.0.1:2 c@127.0.0.1:3"), ("b", "b:2", "a@127.0.0.1:1 c@127.0.0.1:3"),
                ("c", "c:3", "a@127.0.0.1:1 b@127.0.0.1:2"),
            ], places: local, members: localMembers),
        Style(
            testDescription: "mixed, default addresses",
            lines: [
                ("a", "a:1", "b@127.0.0.1:2 127.0.0.1:3"), ("b", "b:2", "127.0.0.1:1 c@127.0.0.1:3"),
                ("c", "c:3", "127.0.0.1:1 127.0.0.1:2"),
            ], places: local, members: localMembers),
        Style(
            testDescription: "nameless, explicit addresses",
            lines: [
                ("a", "127.0.0.1:1!", "127.0.0.1:2 127.0.0.1:3"), ("b", "127.0.0.1:2!", "127.0.0.1:1 127.0.0.1:3"),
                ("c", "127.0.0.1:3!", "127.0.0.1:1 127.0.0.1:2"),
            ], places: local, members: localMembers),
        Style(
            testDescription: "explicit addresses that nobody lists",
            lines: [
                ("a", "ext:1!", "127.0.0.1:2 127.0.0.1:3"), ("b", "ext:2!", "127.0.0.1:1 127.0.0.1:3"),
                ("c", "ext:3!", "127.0.0.1:1 127.0.0.1:2"),
            ], places: local, members: ["a@ext:1#1", "b@ext:2#2", "c@ext:3#3"]),
        Style(
            testDescription: "each operator by other addresses, some nameless",
            lines: [("a", "a:1", "b@B:2 C:3"), ("b", "b:2", "a@10.0.0.1:1 c@10.0.0.3:3"), ("c", "c:3!", "A:1 b@b:2")],
            places: ["B:2": 1, "C:3": 2, "10.0.0.1:1": 0, "10.0.0.3:3": 2, "A:1": 0, "b:2": 1], members: []),
    ]

    @Test(arguments: styles) func threeNodesFormWhateverTheOrder(style: Style) {
        for order in permutations(style.world.questions) {
            var world = style.world
            order.forEach { world.ask($0) }
            order.forEach { world.ask($0) }
            order.forEach { world.ask($0) }
            for place in world.nodes.indices {
                #expect(world.nodes[place].isSettled, "\(order)")
                let members = world.members(place)
                // Where every operator has his own addresses, so has every node's own configuration.
                guard !style.members.isEmpty else {
                    #expect(members?.map { $0.prefix(1) + $0.suffix(2) } == ["a#1", "b#2", "c#3"], "\(order)")
                    continue
                }
                #expect(members == style.members, "\(order)")
            }
        }
    }

    /// Answers overtake each other, are lost, and nodes are out of reach for a while.
    @Test(arguments: styles) func threeNodesFormThroughLossAndDelay(style: Style) {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var world = style.world
            var underWay: [(question: FormationWorld.Question, answer: (HelloResponse, Identity)?)] = []
            for _ in 0..<40 {
                guard let question = world.questions.randomElement(using: &random) else { continue }
                let isLost = random.next() % 4 == 0
                underWay.append((question, isLost ? nil : world.answer(to: question)))
                guard random.next() % 2 == 0 else { continue }
                let next = underWay.remove(at: Int(random.next() % UInt64(underWay.count)))
                world.deliver(next.answer, to: next.question)
            }
            for last in underWay { world.deliver(last.answer, to: last.question) }
            world.askAll(rounds: 3)
            for place in world.nodes.indices {
                #expect(world.nodes[place].isSettled, "seed \(seed)")
                if !style.members.isEmpty { #expect(world.members(place) == style.members, "seed \(seed)") }
            }
        }
    }

    /// A majority is enough, and the member that was not met is unbound. Where every operator has his own addresses for
    /// a nameless third, nothing tells that it is the same one: they wait for it.
    @Test(arguments: styles.dropLast()) func twoOfThreeFormWithoutTheThird(style: Style) {
        var world = style.world
        for (address, place) in style.places where place == 2 { world.places[address] = nil }
        world.askAll(rounds: 2)
        for place in 0..<2 {
            let members = world.members(place) ?? []
            #expect(members.count == 3 && members.filter { $0.hasSuffix("#-") }.count == 1, "\(members)")
            #expect(!world.nodes[place].isSettled, "it asks on for the third")
            #expect(world.nodes[place].unreachablePeers.count == 1)
        }
        #expect(world.nodes[2].state != world.nodes[0].state)
    }

    @Test func oneOfThreeGathers() {
        var world = Self.styles[0].world
        world.places = [:]
        world.askAll()
        #expect(world.nodes[0].state == .gathering(heard: 1, needed: 2))
        #expect(!world.nodes[0].isSettled)
        #expect(world.nodes[0].unreachablePeers.map(\.description) == ["b@b:7", "c@c:7"])
    }

    @Test func halfOfFourIsNoMajority() {
        var world = FormationWorld(
            [("a", "a:7", "b@b:7 c@c:7 d@d:7"), ("b", "b:7", "a@a:7 c@c:7 d@d:7")], places: ["a:7": 0, "b:7": 1])
        world.askAll(rounds: 2)
        #expect(world.nodes[0].state == .gathering(heard: 2, needed: 3))
    }

    @Test func aNodeWithoutPeersIsReadyAtOnce() {
        let world = FormationWorld([("a", "a:7", "")], places: [:])
        #expect(world.members(0) == ["a@a:7#1"])
        #expect(world.nodes[0].isSettled)
    }

    @Test func twoNamelessNodesOnOneMachineForm() {
        var world = FormationWorld([("a", "a:1", "127.0.0.1:2"), ("b", "b:2", "127.0.0.1:1")], places: Self.local)
        world.ask(.init(asker: 0, index: 0))
        #expect(world.members(0) == ["a@127.0.0.1:1#1", "b@127.0.0.1:2#2"])
    }

    @Test func numbersFollowTheNamesAndStayWhenMoreIsLearned() {
        var world = FormationWorld(
            [("m", "m:7", "z@z:7 b@b:7"), ("b", "b:7", "z@z:7 m@m:7"), ("z", "z:7", "m@m:7 b@b:7")],
            places: ["m:7": 0, "b:7": 1])
        var numbers: [[UInt32: String?]] = []
        for _ in 0..<2 {
            world.askAll()
            guard case .ready(let configuration) = world.nodes[0].state else {
                Issue.record("not ready")
                return
            }
            #expect(configuration.clusterID == .none)
            numbers.append(Dictionary(uniqueKeysWithValues: configuration.members.map { ($0.number, $0.nodeID) }))
            world.places["z:7"] = 2
        }
        #expect(numbers == [[1: "b", 2: "m", 3: "z"], [1: "b", 2: "m", 3: "z"]])
    }

    @Test func aWipedPeerIsKnownByItsNewInstance() {
        var world = Self.styles[0].world
        world.askAll()
        world.nodes[1] = Formation(
            identity: Identity(nodeID: "b", instance: FormationWorld.instance(8)), address: "b:7",
            isAddressExplicit: false, peers: world.nodes[1].peers)
        world.askAll()
        #expect(world.members(0) == ["a@a:7#1", "b@b:7#9", "c@c:7#3"])
    }
}
