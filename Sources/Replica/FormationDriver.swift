import Raft

/// When an empty node asks whom: the pacing around `Formation`, which judges the answers.
struct FormationDriver {
    private(set) var formation: Formation
    private var isAsked: [Bool]
    private(set) var failures: [String?]
    private(set) var deadline = Instant.zero
    private(set) var reportedState: Formation.State?

    init(_ formation: Formation) {
        self.formation = formation
        isAsked = Array(repeating: false, count: formation.peers.count)
        failures = Array(repeating: nil, count: formation.peers.count)
    }

    func address(of peer: Int) -> String? { peer < formation.peers.count ? formation.peers[peer].address : nil }

    /// The questions that are due: to every peer, unless one is under way to it.
    mutating func due(now: Instant, intervalMilliseconds: UInt64) -> [(peer: Int, hello: Hello)] {
        guard now >= deadline else { return [] }
        deadline = now.advanced(byMilliseconds: intervalMilliseconds)
        let free = isAsked.indices.filter { !isAsked[$0] }
        for peer in free { isAsked[peer] = true }
        return free.map { ($0, formation.hello(to: $0)) }
    }

    mutating func answered(_ peer: Int, _ response: HelloResponse, header: PeerHeader) {
        isAsked[peer] = false
        failures[peer] = nil
        formation.received(response, from: header.sender, clusterID: header.clusterID, index: peer)
    }

    /// An answer came that does not matter any more.
    mutating func ignored(_ peer: Int) { isAsked[peer] = false }

    mutating func failed(_ peer: Int, _ failure: SendFailure) {
        isAsked[peer] = false
        failures[peer] = failure.reason
        formation.unreachable(index: peer)
    }

    mutating func answer(_ hello: Hello, from sender: Identity) -> HelloResponse {
        formation.answer(hello, from: sender)
    }

    /// The state if it is news.
    mutating func takeNews() -> Formation.State? {
        guard formation.state != reportedState else { return nil }
        reportedState = formation.state
        return formation.state
    }

    private static func text(_ state: Formation.State) -> String {
        switch state {
        case .gathering(let heard, let needed): "\(heard) of \(needed) needed members have met"
        case .ready: "a majority has met, an election is due"
        case .awaitingLeader: "the peers have formed a cluster; its leader was not heard yet"
        case .refused(let reason): reason.description
        }
    }

    func describe() -> String {
        let unheard = failures.indices.compactMap { place in
            failures[place].map { "\(formation.peers[place]) unreachable (\($0))" }
        }
        return ([FormationDriver.text(formation.state)] + unheard).joined(separator: "; ")
    }
}

extension Replica {
    /// Asks the peers that were not heard, and acts on what they said.
    func driveFormation(now: Instant) {
        guard formation != nil, !isStopping else { return }
        if isAsking { askPeers(now: now) }
        guard let state = formation?.takeNews() else { return }
        switch state {
        case .gathering: break
        case .ready(let configuration):
            reportMet(configuration)
            raft.step(.bootstrap(configuration), now: now)
        case .awaitingLeader(let mayVote):
            report(.info, "the peers have formed a cluster; waiting for its leader")
            if mayVote { raft.step(.admitted, now: now) }
        case .refused(let reason):
            if reason.isFatal { stop(reason.description) } else { report(.warning, reason.description) }
        }
    }

    /// Whether peers are asked: a log that holds an entry waits for a leader instead.
    private var isAsking: Bool { raft.log.lastIndex == 0 && !isStopping }

    /// When peers are to be asked next.
    var formationDeadline: Instant { isAsking ? formation?.deadline ?? .never : .never }

    private func askPeers(now: Instant) {
        let due = formation?.due(now: now, intervalMilliseconds: settings.helloIntervalMilliseconds) ?? []
        for (peer, hello) in due {
            guard let address = formation?.address(of: peer) else { continue }
            let request = PeerRequest(header: raft.header(for: .none), body: .hello(hello))
            effects.append(.send(request, to: address, .control, .hello(peer: peer)))
        }
    }

    /// Once: later answers only tell more of the same members.
    private func reportMet(_ configuration: Configuration) {
        guard !reported.hasMetMajority else { return }
        reported.hasMetMajority = true
        report(.info, "a majority has met; members: \(configuration.members.map(\.name).joined(separator: ", "))")
    }

    func receiveHello(_ response: HelloResponse, header: PeerHeader, peer: Int, now: Instant) {
        // An entry has come since it was asked: what is late may say that this node is no member, and it waits for a leader now.
        guard isAsking else {
            formation?.ignored(peer)
            return
        }
        formation?.answered(peer, response, header: header)
    }

    func answer(_ hello: Hello, _ header: PeerHeader) -> HelloResponse {
        if joining != nil, !raft.isFormed {
            return Formation.answerJoining(address: address, isAddressExplicit: isAddressExplicit)
        }
        guard !raft.isFormed, formation != nil, let answer = formation?.answer(hello, from: header.sender) else {
            return Formation.answer(
                hello, from: header.sender, by: identity, in: raft.configuration, address: address,
                isAddressExplicit: isAddressExplicit)
        }
        return answer
    }
}
