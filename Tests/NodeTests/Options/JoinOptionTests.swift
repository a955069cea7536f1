import Replica
import Testing

@testable import Node

@Suite struct JoinOptionTests {
    private func options(_ line: String) throws -> Options { try NodeTests.options(line) }

    @Test func aNodeMayJoinAsVoterOrLearner() throws {
        let voter = try options("--cluster-port 4 --http-port 1 --join b:4").cluster?.join
        #expect(voter == JoinOptions(target: try #require(HostPort("b:4")), asLearner: false))
        let learner = try options("--cluster-port 4 --http-port 1 --join b:4 --join-as-learner")
        #expect(learner.cluster?.join?.asLearner == true)
        #expect(learner.replicaSettings.joining?.target == "b:4")
        #expect(learner.replicaSettings.joining?.asLearner == true)
    }

    @Test func withoutJoinNobodyIsAsked() throws {
        #expect(try options("--cluster-port 4 --http-port 1").replicaSettings.joining == nil)
        #expect(try options("--cluster-port 4 --http-port 1 --join b:4 --peers=").cluster?.join != nil)
    }

    @Test func compactionAndSizeAreTheOperators() throws {
        let own = try options("--http-port 1 --snapshot-entries 7 --max-state-size 3MiB").replicaSettings
        #expect(own.snapshotEntries == 7)
        #expect(own.maxStateSize == 3 << 20)
        let fallback = try options("--http-port 1").replicaSettings
        #expect(fallback.snapshotEntries == 100_000)
        #expect(fallback.maxStateSize == Memory.available / 4)
        #expect(Memory.available > 64 << 20)
    }

    @Test func aRecoveryIsConfirmedOrNot() throws {
        let line = "recover --force-single --node-id n3 --session-db-path /data --advertise-addr h:4"
        guard case .recover(let told) = parse(line), case .recover(let done) = parse(line + " --yes") else {
            Issue.record("it is no recovery")
            return
        }
        #expect(!told.isConfirmed && done.isConfirmed)
        #expect(done.nodeID == "n3" && done.sessionDBPath == "/data" && done.advertiseAddress?.description == "h:4")
    }

    @Test func aRecoveryHasHelpOfItsOwn() throws {
        guard case .print(let text) = parse("recover --help") else {
            Issue.record("no help")
            return
        }
        for flag in ["--force-single", "--yes", "--session-db-path", "--node-id", "--advertise-addr"] {
            #expect(text.contains(flag))
        }
    }
}
