import Raft
import Replica

// Requests and answers between nodes: each request has one end, an answer or a failure.

extension Simulation {
    func send(
        _ request: PeerRequest, from node: SimulatedNode, to address: String, _ channel: Channel, _ context: SendContext
    ) {
        guard let recipient = nodes.firstIndex(where: { $0.address == address }) else {
            return deliverLater(.sendFailed(context, .notSent(reason: "unknown host \(address)")), to: node)
        }
        let exchange = network.open(
            SimulatedNetwork.Exchange(
                sender: node.place, boot: node.boot, recipient: recipient, context: context, channel: channel))
        let timeout = now.advanced(byMicroseconds: network.settings.timeoutMicroseconds)
        queue.add(.failure(.lost(reason: "no answer in time"), exchange: exchange), at: timeout)
        if network.losesRequest?(request, node.place, recipient) == true { return }
        let copies = isDuplicated(request) ? 2 : 1
        if copies > 1 { counters.add(.duplicate) }
        for _ in 0..<copies {
            let time = network.arrival(
                from: node.place, to: recipient, channel, lossRate: network.settings.requestLossRate, now: now,
                using: &random)
            if time == nil { noteLoss(from: node.place, to: recipient) }
            if let time { queue.add(.request(request, exchange: exchange, recipient: recipient), at: time) }
        }
    }

    /// Consensus must bear any request twice. Commands come over connections that deliver once: their retries are the replica's own.
    private func isDuplicated(_ request: PeerRequest) -> Bool {
        if case .propose = request.body { return false }
        let rate = network.settings.duplicationRate
        return rate > 0 && Double.random(in: 0..<1, using: &random) < rate
    }

    private func noteLoss(from sender: Int, to recipient: Int) {
        guard network.isCut(from: sender, to: recipient) else { return counters.add(.messageLost) }
        let isOneWay = !network.isCut(from: recipient, to: sender)
        counters.add(isOneWay ? .messageCutOneWay : .messageCut)
    }

    private func deliverLater(_ input: Input, to node: SimulatedNode) {
        queue.add(.input(input, node: node.place, boot: node.boot), at: now.advanced(byMicroseconds: 100))
    }

    func arrive(_ request: PeerRequest, exchange: UInt64, at recipient: Int) {
        let node = nodes[recipient]
        guard node.isRunning else { return fail(exchange, .notSent(reason: "connection refused")) }
        let token = network.token(for: exchange, at: recipient)
        deliver(.peerRequest(request, token: token), to: recipient, boot: node.boot)
    }

    func reply(_ response: PeerResponse, token: UInt64) {
        guard let taken = network.take(token) else { return fail(Violation("request \(token) was answered twice")) }
        guard let exchange = network.exchange(taken.exchange) else { return }
        if network.losesAnswer?(response, exchange.recipient, exchange.sender) == true { return }
        let time = network.arrival(
            from: taken.recipient, to: exchange.sender, exchange.channel, lossRate: network.settings.answerLossRate,
            now: now, using: &random)
        if time == nil { noteLoss(from: taken.recipient, to: exchange.sender) }
        if let time { queue.add(.response(response, exchange: taken.exchange), at: time) }
    }

    func arrive(_ response: PeerResponse, exchange: UInt64) {
        guard let closed = network.close(exchange) else { return }
        deliver(.peerResponse(response, closed.context), to: closed.sender, boot: closed.boot)
    }

    func fail(_ exchange: UInt64, _ failure: SendFailure) {
        guard let closed = network.close(exchange) else { return }
        deliver(.sendFailed(closed.context, failure), to: closed.sender, boot: closed.boot)
    }
}
