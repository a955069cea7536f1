import Foundation
import Glibc
import Testing

extension ProcessTests {
    /// What the README tells a reader to type, and what the scripts promise.
    @Suite struct DocumentedCommands {
        /// Not run here: the one is what runs this test, the other has been done for it.
        private static let elsewhere: Set<String> = ["scripts/test", "swift build -c release"]
        private static let untilControlC = "scripts/cluster"

        /// The lines of all `sh` blocks, in order.
        private func commands() throws -> [String] {
            let text = try String(contentsOfFile: Programs.repository + "/README.md", encoding: .utf8)
            var isCommand = false
            return text.components(separatedBy: "\n").filter { line in
                if line.hasPrefix("```") { isCommand = line == "```sh" }
                return isCommand && !line.hasPrefix("```")
            }
        }

        /// As a reader types them, one after the other in one shell, but on free ports, on loopback and in a scratch folder.
        @Test func everyReadmeCommandRuns() throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let base = try LoopbackPorts.freeBase()
            let lines = try commands()
            #expect(lines.contains(Self.untilControlC))
            #expect(Self.elsewhere.isSubset(of: lines))
            let script = lines.filter { $0 != Self.untilControlC && !Self.elsewhere.contains($0) }.map { line in
                var line = line.replacing("scripts/cluster", with: "scripts/cluster --base-port \(base)")
                for number in 1...4 as ClosedRange<UInt16> {
                    line = line.replacing("700\(number)", with: String(base + number))
                        .replacing("800\(number)", with: String(base + 1000 + number))
                        .replacing("10.0.0.\(number)", with: "127.0.0.\(number)")
                }
                return line.replacing("/var/lib/raftd", with: folder.path + "/machines")
            }
            let files = FileManager.default
            try files.createDirectory(atPath: folder.path + "/.build", withIntermediateDirectories: false)
            try files.createSymbolicLink(
                atPath: folder.path + "/.build/release", withDestinationPath: try #require(Programs.folder))
            try files.createSymbolicLink(
                atPath: folder.path + "/scripts", withDestinationPath: Programs.repository + "/scripts")
            // Job control is on as in a terminal; the shell shows each command and stops at the first failure, an answer
            // that is an error included.
            let prelude =
                "set -emx; trap 'kill -9 $(jobs -p) || true' EXIT; curl() { command curl --fail \"$@\"; }\n"
            let shell = try ChildProcess(
                ["bash", "-c", prelude + script.joined(separator: "\n")], directory: folder.path)
            #expect(try shell.waitForExit(seconds: 120) == 0, "\(shell.output)")
        }

        @Test func theClusterStaysUpUntilControlC() throws {
            let base = try LoopbackPorts.freeBase()
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let script = try ChildProcess(
                [Programs.repository + "/scripts/cluster", "--base-port", String(base), "--data", folder.path])
            try script.waitForOutput("Ctrl-C stops them.")
            #expect(try HTTPReply.ask(base + 1002, "GET", "/v1/kv/greeting").body == "hello")
            let second = try ChildProcess([Programs.repository + "/scripts/cluster", "--base-port", String(base)])
            #expect(try second.waitForExit() == 1)
            #expect(second.output.contains("occupied"))
            script.signal(SIGINT)
            #expect(try script.waitForExit() == 0, "\(script.output)")
            #expect(script.output.contains("All nodes are stopped."))
        }

        @Test func theDemoKillsTheLeaderAndKeepsTheKey() throws {
            let base = try LoopbackPorts.freeBase()
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let demo = try ChildProcess(
                [
                    Programs.repository + "/scripts/cluster", "--demo", "--base-port", String(base), "--data",
                    folder.path,
                ])
            #expect(try demo.waitForExit(seconds: 120) == 0, "\(demo.output)")
            #expect(demo.output.contains("The greeting is still there: hello"))
            #expect(demo.output.contains("has caught up"))
        }

        @Test func theCrashLoopFindsNothingLost() throws {
            let loop = try ChildProcess([Programs.repository + "/scripts/crash-loop", "--kills", "10", "--seed", "1"])
            #expect(try loop.waitForExit(seconds: 120) == 0, "\(loop.output)")
            #expect(loop.output.contains("no acknowledged write lost: kills 10/10"), "\(loop.output)")
        }
    }
}
