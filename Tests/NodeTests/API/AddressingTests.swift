import Raft
import Reactor
import Testing

@testable import Node

/// Where requests go: the paths between nodes, and the address under which clients are sent here.
@Suite struct AddressingTests {
    @Test(arguments: [
        (
            PeerRequest.Body.hello(Hello(address: "h:1", isAddressExplicit: true, recipientAddress: "h:2", peers: [])),
            "/raft/hello"
        ),
        (.requestVote(RequestVote(lastLog: .zero, isPreVote: true)), "/raft/request-vote"),
        (.appendEntries(AppendEntries(previous: .zero, entries: [], leaderCommit: 0)), "/raft/append-entries"),
        (.heartbeat(Heartbeat(leaderCommit: 0, round: 1)), "/raft/append-entries"),
        (.readIndex, "/raft/read-index"),
        (.propose(Propose(commands: [])), "/raft/propose"),
    ])
    func everyRequestBetweenNodesHasItsPath(body: PeerRequest.Body, path: String) {
        #expect(PeerPath(body).rawValue == path)
    }

    private static let cluster = "--cluster-port 4000 --node-id n1 --http-port 0"

    @Test(arguments: [
        // A port on one address is reached there.
        ("--http-port 0", "127.0.0.1", "127.0.0.1:8080"),
        (cluster, "10.0.0.1", "10.0.0.1:8080"),
        (cluster, "::1", "[::1]:8080"),
        // A port on all addresses is reached where the cluster port is, but at its own number.
        (cluster, "0.0.0.0", "n1:8080"),
        (cluster, "::", "n1:8080"),
        ("\(cluster) --advertise-addr raft.example:5000", "0.0.0.0", "raft.example:8080"),
        ("\(cluster) --advertise-addr [2001:db8::1]:5000", "::", "[2001:db8::1]:8080"),
        // Nobody told a standalone node what it is called.
        ("--http-port 0", "0.0.0.0", "0.0.0.0:8080"),
    ])
    func clientsAreSentToAnAddressThatTheyCanReach(line: String, ip: String, address: String) throws {
        let bound = try #require(SocketAddress(ip: ip, port: 8080))
        #expect(try options(line).reachableAddress(of: bound) == address)
    }
}
