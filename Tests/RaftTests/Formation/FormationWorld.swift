import Raft

/// Empty nodes and the addresses that reach them: who asks whom, and when, is the test's.
struct FormationWorld {
    /// A listed address, as one node asks it.
    struct Question: Sendable, Hashable {
        let asker: Int
        let index: Int
    }

    var nodes: [Formation]
    /// Which node an address reaches; one that is missing reaches nobody.
    var places: [String: Int]

    /// - Parameter lines: a node each: its id, its advertised address with "!" behind it if explicit, and `--peers`
    init(_ lines: [(id: String, address: String, peers: String)], places: [String: Int]) {
        nodes = lines.enumerated().map { place, line in
            let isExplicit = line.address.hasSuffix("!")
            return Formation(
                identity: Identity(nodeID: line.id, instance: Self.instance(place)),
                address: isExplicit ? String(line.address.dropLast()) : line.address, isAddressExplicit: isExplicit,
                peers: Self.peers(line.peers))
        }
        self.places = places
    }

    static func instance(_ place: Int) -> InstanceID { InstanceID(high: 1, low: UInt64(place) + 1) }

    static func peers(_ list: String) -> [PeerSpecification] {
        list.split(separator: " ").map { item in
            let parts = item.split(separator: "@").map(String.init)
            return PeerSpecification(nodeID: parts.count == 2 ? parts[0] : nil, address: parts.last ?? "")
        }
    }

    var questions: [Question] {
        nodes.indices.flatMap { asker in nodes[asker].peers.indices.map { Question(asker: asker, index: $0) } }
    }

    /// Asks, and takes the answer or its absence at once.
    mutating func ask(_ question: Question) {
        deliver(answer(to: question), to: question)
    }

    mutating func answer(to question: Question) -> (response: HelloResponse, sender: Identity)? {
        let asker = nodes[question.asker]
        guard let place = places[asker.peers[question.index].address] else { return nil }
        let response = nodes[place].answer(asker.hello(to: question.index), from: asker.identity)
        return (response, nodes[place].identity)
    }

    mutating func deliver(_ answer: (response: HelloResponse, sender: Identity)?, to question: Question) {
        guard let answer else { return nodes[question.asker].unreachable(index: question.index) }
        nodes[question.asker].received(answer.response, from: answer.sender, clusterID: .none, index: question.index)
    }

    mutating func askAll(rounds: Int = 1) {
        for _ in 0..<rounds { questions.forEach { ask($0) } }
    }

    /// The members of a ready node's configuration, `id@address#instance`, sorted.
    func members(_ place: Int) -> [String]? {
        guard case .ready(let configuration) = nodes[place].state else { return nil }
        return configuration.members.map { member in
            "\(member.nodeID ?? "?")@\(member.address)#\(member.instance.map { String($0.low) } ?? "-")"
        }.sorted()
    }

    /// A peer in the cluster `clusterID` answers.
    mutating func formedAnswer(_ membership: HelloResponse.Membership, to question: Question) {
        let response = HelloResponse(
            address: "x:1", isAddressExplicit: false, peers: [], standing: .formed(membership))
        nodes[question.asker].received(
            response, from: Identity(nodeID: "old\(question.index)", instance: Self.instance(50 + question.index)),
            clusterID: ClusterID(high: 9, low: 9), index: question.index)
    }
}

/// All orders of `items`.
func permutations<Item>(_ items: [Item]) -> [[Item]] {
    guard items.count > 1 else { return [items] }
    return items.indices.flatMap { place in
        var rest = items
        let item = rest.remove(at: place)
        return permutations(rest).map { [item] + $0 }
    }
}
