import HTTP
import Reactor
import Testing
import Transport

@testable import raftctl

/// A node that says what a test wants: `/raft/status` truly, anything else from a script.
final class FakeNode {
    enum Reaction {
        case answer(HTTPResponse)
        /// Answers after so many milliseconds, as a node does that looks for a leader first.
        case late(HTTPResponse, UInt64)
        /// Takes the request and never answers: the outcome is unknown.
        case silence
    }

    private(set) var server: HTTPServer?
    /// What was asked, without `/raft/status`.
    private(set) var requests: [HTTPRequest] = []
    /// Client addresses that its status tells, by node id.
    var clientAddresses: [(id: String, address: String)] = []
    private var reactions: [Reaction]
    private let loop: EventLoop
    private var timers: [Timer] = []

    /// - Parameter reactions: one for each request; the last one stays.
    init(on loop: EventLoop, _ reactions: [Reaction]) throws {
        self.reactions = reactions
        self.loop = loop
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        server = try HTTPServer(on: loop, address: address) { [weak self] request, handle in
            self?.react(to: request, handle)
        }
    }

    var address: Address {
        get throws { try #require(server.flatMap { Address("127.0.0.1:\($0.address.port)") }) }
    }

    func close() {
        for timer in timers { timer.close() }
        server?.close()
    }

    private func react(to request: HTTPRequest, _ handle: ResponseHandle) {
        guard !request.path.elementsEqual("/raft/status".utf8) else { return handle.respond(.json(.ok, status)) }
        requests.append(request)
        let reaction = reactions[0]
        if reactions.count > 1 { reactions.removeFirst() }
        switch reaction {
        case .answer(let response): handle.respond(response)
        case .late(let response, let milliseconds):
            let timer = Timer(on: loop) { handle.respond(response) }
            timers.append(timer)
            timer.start(afterMilliseconds: milliseconds)
        case .silence: break
        }
    }

    private var status: [UInt8] {
        let addresses = clientAddresses.map { "\"\($0.id)\":\"\($0.address)\"" }.joined(separator: ",")
        return Array(#"{"node_id":"n1","role":"Leader","leader_id":"n1","term":1,"client_addrs":{\#(addresses)}}"#.utf8)
    }
}

extension FakeNode.Reaction {
    static func refusal(_ status: HTTPStatus, _ code: String) -> FakeNode.Reaction {
        .answer(.error(status, code: code, message: "because"))
    }

    static var written: FakeNode.Reaction { .answer(.json(.created, Array(#"{"revision":7}"#.utf8))) }
}
