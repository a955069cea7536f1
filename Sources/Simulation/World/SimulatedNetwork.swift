package import Raft
import Replica

/// Which requests are under way between nodes, and what becomes of them.
package struct SimulatedNetwork {
    /// A request that was not answered yet.
    struct Exchange {
        let sender: Int
        let boot: UInt64
        let recipient: Int
        let context: SendContext
        let channel: Channel
    }

    /// What an answer is for.
    struct Token {
        let exchange: UInt64
        let recipient: Int
    }

    package var settings: NetworkSettings
    /// Takes out requests or answers beyond what chance takes: true means lost.
    package var losesRequest: ((PeerRequest, _ sender: Int, _ recipient: Int) -> Bool)?
    package var losesAnswer: ((PeerResponse, _ sender: Int, _ recipient: Int) -> Bool)?
    /// How often something came before what was sent earlier over the same channel.
    private(set) var overtakings = 0
    private let nodes: Int
    /// How often the link from a node to another is cut, in that direction.
    private var cuts: [Int]
    /// What a link takes beyond what all do, in microseconds.
    private var slowness: [ClosedRange<UInt64>?]
    private var lastArrival: [Instant]
    private var exchanges: [UInt64: Exchange] = [:]
    private var tokens: [UInt64: Token] = [:]
    private var nextNumber: UInt64 = 1

    init(_ settings: NetworkSettings, nodes: Int) {
        self.settings = settings
        self.nodes = nodes
        cuts = Array(repeating: 0, count: nodes * nodes)
        slowness = Array(repeating: nil, count: nodes * nodes)
        lastArrival = Array(repeating: .zero, count: nodes * nodes * Channel.allCases.count)
    }

    // MARK: Partitions

    package mutating func cut(from sender: Int, to recipient: Int) { cuts[sender * nodes + recipient] += 1 }

    /// Undoes one cut.
    mutating func mend(from sender: Int, to recipient: Int) {
        let link = sender * nodes + recipient
        cuts[link] = max(0, cuts[link] - 1)
    }

    /// Cuts `node` off from all others, in both directions.
    package mutating func isolate(_ node: Int) {
        for other in 0..<nodes where other != node {
            cut(from: node, to: other)
            cut(from: other, to: node)
        }
    }

    package mutating func heal() {
        cuts = Array(repeating: 0, count: nodes * nodes)
        slowness = Array(repeating: nil, count: nodes * nodes)
    }

    package func isCut(from sender: Int, to recipient: Int) -> Bool { cuts[sender * nodes + recipient] > 0 }

    /// Makes a link slow, in that direction; `nil` makes it like all others.
    mutating func slowDown(from sender: Int, to recipient: Int, byMicroseconds range: ClosedRange<UInt64>?) {
        slowness[sender * nodes + recipient] = range
    }

    // MARK: Exchanges

    mutating func open(_ exchange: Exchange) -> UInt64 {
        exchanges[number()] = exchange
        return nextNumber - 1
    }

    /// Ends an exchange: whoever comes first, answer or failure, is the one that counts.
    mutating func close(_ exchange: UInt64) -> Exchange? { exchanges.removeValue(forKey: exchange) }

    func exchange(_ number: UInt64) -> Exchange? { exchanges[number] }

    mutating func token(for exchange: UInt64, at recipient: Int) -> UInt64 {
        tokens[number()] = Token(exchange: exchange, recipient: recipient)
        return nextNumber - 1
    }

    mutating func take(_ token: UInt64) -> Token? { tokens.removeValue(forKey: token) }

    /// A node has died: nobody answers what it was asked. Returns the exchanges that break, in order.
    mutating func forget(_ node: Int) -> [UInt64] {
        tokens = tokens.filter { $0.value.recipient != node }
        exchanges = exchanges.filter { $0.value.sender != node }
        return exchanges.filter { $0.value.recipient == node }.keys.sorted()
    }

    private mutating func number() -> UInt64 {
        defer { nextNumber += 1 }
        return nextNumber
    }

    // MARK: Delays

    /// When something that leaves now arrives, or `nil` when chance takes it.
    mutating func arrival(
        from sender: Int, to recipient: Int, _ channel: Channel, lossRate: Double, now: Instant,
        using random: inout SeededRandom
    ) -> Instant? {
        var delay = UInt64.random(in: settings.delayMicroseconds, using: &random)
        if let range = slowness[sender * nodes + recipient] { delay += UInt64.random(in: range, using: &random) }
        let isLost = lossRate > 0 && Double.random(in: 0..<1, using: &random) < lossRate
        guard !isLost, !isCut(from: sender, to: recipient) else { return nil }
        let time = now.advanced(byMicroseconds: delay)
        let link = (sender * nodes + recipient) * Channel.allCases.count + channel.rawValue
        defer { lastArrival[link] = max(time, lastArrival[link]) }
        guard !settings.keepsOrder else { return max(time, lastArrival[link]) }
        if time < lastArrival[link] { overtakings += 1 }
        return time
    }
}

extension Instant {
    package func advanced(byMicroseconds microseconds: UInt64) -> Instant {
        Instant(nanoseconds: nanoseconds + microseconds * 1000)
    }
}
