import ArgumentParser
import Bytes
import Testing

@testable import raftctl

/// What people type, and what they are shown.
@Suite struct CommandLineTests {
    private func line(_ words: String) -> String? {
        do {
            var command = try RaftctlCommand.parseAsRoot(words.split(separator: " ").map(String.init))
            try command.run()
            return nil
        } catch {
            return RaftctlCommand.usageLine(for: error)
        }
    }

    @Test(arguments: [
        ("frobnicate", "Unexpected argument 'frobnicate': see raftctl --help"),
        ("get", "Missing expected argument '<key>': see raftctl get --help"),
        ("get k --timeout 0", "--timeout is a number from 1 to 3600: see raftctl get --help"),
        ("put k v --frobnicate", "Unknown option '--frobnicate': see raftctl put --help"),
        (
            "status --endpoints http://n1:7001",
            "--endpoints: `http://n1:7001` is not host:port, such as 10.0.0.1:7001 without http://: see raftctl --help"
        ),
    ])
    func aMisusedCommandIsToldInOneLine(words: String, expected: String) {
        #expect(line(words) == expected)
    }

    @Test func whatIsNoMisuseIsNotToldAsOne() {
        #expect(RaftctlCommand.usageLine(for: ToolExit.unavailable) == nil)
        #expect(line("--help") == nil)
    }

    private func status(_ json: String) throws -> NodeStatus {
        NodeStatus(document: try #require(JSONObject(reading: Array(json.utf8))))
    }

    @Test(arguments: [
        (#"{"role":"Leader","is_learner":false,"removed":false}"#, "Leader"),
        (#"{"role":"Follower","is_learner":true,"removed":false}"#, "Learner"),
        (#"{"role":"Follower","is_learner":true,"removed":true}"#, "Removed"),
    ])
    func statusTellsWhoHasNoVote(json: String, shown: String) throws {
        #expect(try status(json).standing == shown)
    }

    @Test(arguments: [("n1", "n1"), ("h1:1", "n1"), ("h2:2", "h2:2"), ("n2", nil), ("h3:3", nil)])
    func aMemberGoesByItsIDOrItsAddress(name: String, called: String?) throws {
        let known = try status(#"{"node_id":"n1","peer_addrs":{"n1":"h1:1"},"peers":["h2:2"]}"#)
        #expect(known.member(calledBy: name) == called)
    }
}
