import Bytes
import Raft
import Testing

@testable import Node
@testable import Replica

@Suite struct StatusDocumentTests {
    /// Of three voters, one of them not heard yet, and a learner.
    private static let configuration = Configuration(
        clusterID: ClusterID(high: 1, low: 0xAB),
        members: [
            Member(number: 1, nodeID: "n1", address: "h1:1", instance: InstanceID(high: 0, low: 1)),
            Member(number: 2, nodeID: "n2", address: "h2:2", instance: InstanceID(high: 0, low: 2)),
            Member(number: 3, nodeID: nil, address: "h3:3", instance: nil),
            Member(number: 4, nodeID: "n4", address: "h4:4", instance: nil, isLearner: true),
        ])

    private func document(
        role: Raft.Role = .follower, leaderID: String? = "n2", configuration: Configuration = Self.configuration,
        isLearner: Bool = false, isRemoved: Bool = false, clientAddress: String? = "h1:8080",
        announced: [(nodeID: String, address: String)] = [("n2", "h2:8080")]
    ) throws -> JSONObject {
        let status = ReplicaStatus(
            nodeID: "n1", role: role, term: 7, leaderID: leaderID, commitIndex: 11, lastApplied: 10, lastLogIndex: 12,
            firstLogIndex: 8, clusterID: configuration.clusterID, configuration: configuration, snapshotIndex: 9,
            isLearner: isLearner, isRemoved: isRemoved, clientAddresses: announced, faultTolerance: 1, isReady: true,
            reason: "")
        let state = NodeState(status: status, clientAddress: clientAddress)
        return try #require(try JSONParser.parse(StatusDocument.encode(state)).object)
    }

    @Test func everyFieldOfTheContractIsThere() throws {
        let expected: JSONValue = [
            "node_id": "n1", "role": "Follower", "term": 7, "leader_id": "n2", "commit_index": 11, "last_applied": 10,
            "log_length": 12,
            "peers": ["h2:2", "h3:3", "h4:4"],
            "peer_addrs": ["n1": "h1:1", "n2": "h2:2", "n4": "h4:4"],
            "learners": ["n4"],
            "is_learner": false,
            "cluster_id": "000000000000000100000000000000ab",
            "first_log_index": 8, "snapshot_index": 9, "fault_tolerance": 1,
            "client_addrs": ["n1": "h1:8080", "n2": "h2:8080"], "removed": false,
            "replica_hash": ["index": 0, "hash": nil, "mismatch": false, "convicted": []],
            "version": .string(Version.current),
        ]
        #expect(JSONValue.object(try document()) == expected)
    }

    @Test(arguments: [
        (Raft.Role.leader, "Leader"), (.follower, "Follower"), (.candidate, "Candidate"), (.preCandidate, "Candidate"),
    ])
    func rolesHaveThreeNames(role: Raft.Role, name: String) throws {
        #expect(try document(role: role)["role"]?.string == name)
    }

    @Test func anUnknownLeaderIsNull() throws {
        #expect(try document(leaderID: nil)["leader_id"]?.isNull == true)
    }

    @Test func aNodeWithoutAClusterHasEmptyListsAndNoClusterID() throws {
        let document = try document(leaderID: nil, configuration: .none, clientAddress: nil, announced: [])
        #expect(document["cluster_id"]?.isNull == true)
        #expect(document["peers"] == [])
        #expect(document["learners"] == [])
        for map in ["peer_addrs", "client_addrs"] { #expect(document[map]?.object?.members == [], "\(map)") }
    }

    @Test func aLearnerSaysSo() throws {
        #expect(try document(isLearner: true)["is_learner"]?.bool == true)
    }

    @Test func whoWasTakenOutSaysSo() throws {
        #expect(try document(isRemoved: true)["removed"]?.bool == true)
    }

    /// A nameless learner is called by its address.
    @Test func aLearnerThatWasNotHeardYetIsListedByItsAddress() throws {
        let member = Member(number: 9, nodeID: nil, address: "h9:9", instance: nil, isLearner: true)
        let configuration = Configuration(clusterID: ClusterID(high: 1, low: 1), members: [member])
        #expect(try document(configuration: configuration)["learners"] == ["h9:9"])
    }
}
