import Foundation
import Testing

extension ProcessTests {
    /// raftd without ports: one client, on stdin and stdout. Each request is answered by a line with its id.
    @Suite struct StdioTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func ping(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# + "\n" }

        /// The ids of answers, which must be JSON objects.
        private func ids(_ text: String) throws -> [Int?] {
            try text.split(separator: "\n").map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return try #require(object)["id"] as? Int
            }
        }

        @Test(arguments: StdioKind.allCases)
        func whatIsAskedIsAnsweredAndTheEndOfInputEndsIt(kind: StdioKind) throws {
            defer { folder.remove() }
            let node = try StdioNode(kind, folder: folder)
            // Before it can have a leader.
            try node.say(ping(1))
            #expect(try ids(node.line()) == [1])
            try node.say("\n\r\n" + ping(2) + ping(3).replacing("\n", with: "\r\n"))
            #expect(try [ids(node.line()), ids(node.line())] == [[2], [3]])
            // The last line lacks its end.
            try node.say(ping(4) + ping(5).replacing("\n", with: ""))
            node.endInput()
            #expect(try ids(node.rest()) == [4, 5])
            #expect(try node.waitForExit() == 0)
            #expect(node.logged.contains("stopped"), "the log goes to stderr")
        }

        @Test func oneSocketMayBeBoth() throws {
            defer { folder.remove() }
            let (ours, theirs) = StdioNode.sockets()
            let node = try StdioNode(
                input: theirs, output: theirs, toInput: dup(ours), fromOutput: ours, folder: folder)
            try node.say(ping(1))
            #expect(try ids(node.line()) == [1])
            shutdown(ours, Int32(SHUT_WR))
            #expect(try node.rest() == "")
            #expect(try node.waitForExit() == 0)
        }

        /// Everything is there at once, the end too, in a directory that is new.
        @Test func filesMayBeBoth() throws {
            defer { folder.remove() }
            let (asked, told) = ("\(folder.path)/in", "\(folder.path)/out")
            let text = (1...2000).map(ping).joined()
            try text.write(toFile: asked, atomically: false, encoding: .utf8)
            let node = try StdioNode(
                input: open(asked, O_RDONLY), output: open(told, O_WRONLY | O_CREAT, 0o600), toInput: -1,
                fromOutput: -1, folder: folder)
            #expect(try node.waitForExit() == 0)
            #expect(try ids(String(contentsOfFile: told, encoding: .utf8)) == Array(1...2000))
        }

        @Test func anEmptyInputEndsIt() throws {
            defer { folder.remove() }
            let node = try StdioNode(
                input: open("/dev/null", O_RDONLY), output: open("/dev/null", O_WRONLY), toInput: -1, fromOutput: -1,
                folder: folder)
            #expect(try node.waitForExit() == 0)
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func aSignalEndsItInOrder(signal: Int32) throws {
            defer { folder.remove() }
            let node = try StdioNode(folder: folder)
            try node.say(ping(1))
            #expect(try ids(node.line()) == [1])
            node.signal(signal)
            #expect(try node.rest() == "")
            #expect(try node.waitForExit() == 0)
            #expect(node.logged.contains("stopped"))
        }

        @Test(arguments: StdioKind.allCases)
        func aClientThatReadsNoMoreEndsIt(kind: StdioKind) throws {
            defer { folder.remove() }
            let node = try StdioNode(kind, folder: folder)
            node.endOutput()
            try node.say(ping(1))
            #expect(try node.waitForExit() == 0)
            #expect(node.logged.contains("stopped"))
        }

        @Test func answersThatCannotBeWrittenAreAFailure() throws {
            defer { folder.remove() }
            let input = StdioNode.pipe()
            let node = try StdioNode(
                input: input.read, output: open("/dev/full", O_WRONLY), toInput: input.write, fromOutput: -1,
                folder: folder)
            try node.say(ping(1))
            #expect(try node.waitForExit() == 1)
            #expect(node.logged.hasSuffix("write to stdout: no space left on device (ENOSPC)\n"))
        }

        @Test func aLineThatIsTooLongIsSkipped() throws {
            defer { folder.remove() }
            let node = try StdioNode(folder: folder, flags: ["--max-value-size", "1KiB"])
            try node.say(String(repeating: "x", count: 1 << 20) + "\n" + ping(1))
            #expect(try ids(node.line()) == [nil])
            #expect(try ids(node.line()) == [1])
        }

        /// What a client asks and does not take stays with the client: the node's memory stays as it was.
        @Test func whoDoesNotReadIsNotReadFrom() throws {
            defer { folder.remove() }
            let node = try StdioNode(folder: folder)
            let count = 150_000
            let requests = (0..<count).map(ping).joined()
            let toInput = fcntl(node.input, F_DUPFD_CLOEXEC, 3)
            node.endInput()
            let asking = Thread {
                try? StdioNode.write(requests, to: toInput)
                close(toInput)
            }
            asking.start()
            // It stands still when it has answered as much as may wait: what the kernel and it may hold is far below 4 MiB.
            var counts = [0]
            try eventually("the node to stop reading") {
                counts.append(try node.bytesRead())
                return counts.count > 50 && counts.suffix(50).allSatisfy { $0 == counts.last && $0 > 1 << 20 }
            }
            #expect(try node.bytesRead() < 4 << 20)
            #expect(try node.rest().split(separator: "\n").count == count)
            #expect(try node.waitForExit() == 0)
        }

        @Test func theDirectoryIsWaitedForAndItsHolderNamed() throws {
            defer { folder.remove() }
            let first = try StdioNode(folder: folder)
            try first.say(ping(1))
            #expect(try ids(first.line()) == [1])
            let second = try StdioNode(folder: folder)
            #expect(try second.waitForExit() == 1)
            #expect(
                second.logged == """
                    \(folder.path)/sessions is in use by process \(first.pid): stop it, or share one node over HTTP: start a \
                    single raftd --http-port PORT and point clients at http://HOST:PORT/mcp

                    """)
            let third = try StdioNode(folder: folder)
            try third.say(ping(3))
            first.endInput()
            #expect(try ids(third.line()) == [3])
        }
    }
}
