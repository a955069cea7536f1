import Glibc
import Reactor
import Testing

/// A process' ends of what its starter holds the other ends of.
private struct Ends {
    var input: Int32
    var output: Int32
    /// What the starter writes to, and reads from.
    var toInput: Int32
    var fromOutput: Int32

    static func pipes() -> Ends {
        var (first, second): ([Int32], [Int32]) = ([0, 0], [0, 0])
        precondition(pipe(&first) == 0 && pipe(&second) == 0, "two pipes")
        return Ends(input: first[0], output: second[1], toInput: first[1], fromOutput: second[0])
    }

    /// One socket for both directions, as inetd does it.
    static func socket() -> Ends {
        var pair: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0, "a pair of sockets")
        return Ends(input: pair[0], output: pair[0], toInput: pair[1], fromOutput: pair[1])
    }

    func close() {
        for descriptor in Set([input, output, toInput, fromOutput]) where descriptor >= 0 { Glibc.close(descriptor) }
    }

    var isBlocking: Bool { [input, output].allSatisfy { fcntl($0, F_GETFL) & O_NONBLOCK == 0 } }
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    #expect(bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count)
}

private func readAvailable(_ descriptor: Int32, atMost count: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let got = read(descriptor, &buffer, count)
    return Array(buffer.prefix(max(0, got)))
}

private func temporaryFile(_ bytes: [UInt8]) -> Int32 {
    var template = Array(("/tmp/raftd-streams-" + String(repeating: "X", count: 6)).utf8CString)
    let descriptor = mkstemp(&template)
    precondition(descriptor >= 0, "a temporary file")
    unlink(template)
    if !bytes.isEmpty { writeAll(bytes, to: descriptor) }
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
}

extension ReactorTests {
    /// Streams that the process has not opened itself.
    @Suite struct StandardStreamsTests {
        /// What comes in goes out, until the input ends.
        private func echo(_ ends: Ends, then: (StandardStreams) -> Void = { _ in }) throws -> [UInt8] {
            var received: [UInt8] = []
            try onLoop { loop in
                let streams = try StandardStreams(on: loop, input: ends.input, output: ends.output)
                streams.input.onBytes = { bytes in
                    received += bytes
                    streams.output.write(Array(bytes))
                }
                func closeIfWritten() {
                    if streams.input.isClosed, streams.output.pendingBytes == 0 { streams.close() }
                }
                streams.input.onEnd = { error in
                    #expect(error == nil)
                    closeIfWritten()
                }
                streams.output.onWritten = { closeIfWritten() }
                streams.input.startReading()
                then(streams)
            }
            return received
        }

        @Test func pipesCarryBytesAndTheEnd() throws {
            var ends = Ends.pipes()
            defer { ends.close() }
            let bytes = randomBytes(5000, seed: 1)
            writeAll(bytes, to: ends.toInput)
            close(ends.toInput)
            ends.toInput = -1
            #expect(try echo(ends) == bytes)
            #expect(readAvailable(ends.fromOutput, atMost: 10_000) == bytes)
        }

        @Test func oneSocketMayBeBoth() throws {
            let ends = Ends.socket()
            defer { ends.close() }
            let bytes = randomBytes(5000, seed: 2)
            writeAll(bytes, to: ends.toInput)
            shutdown(ends.toInput, Int32(SHUT_WR))
            #expect(try echo(ends) == bytes)
            #expect(readAvailable(ends.fromOutput, atMost: 10_000) == bytes)
        }

        /// The starter's other children have the same open file, and may not expect it to be non-blocking.
        @Test(arguments: [true, false])
        func whatBlockedBlocksAgain(isSocket: Bool) throws {
            let ends = isSocket ? Ends.socket() : Ends.pipes()
            defer { ends.close() }
            try onLoop { loop in
                let streams = try StandardStreams(on: loop, input: ends.input, output: ends.output)
                #expect(!ends.isBlocking)
                streams.close()
                #expect(ends.isBlocking)
                streams.close()
            }
            #expect(fcntl(ends.input, F_GETFD) != -1 && fcntl(ends.output, F_GETFD) != -1, "the originals stay open")
        }

        @Test func whatDidNotBlockIsLeftAlone() throws {
            let ends = Ends.pipes()
            defer { ends.close() }
            #expect(fcntl(ends.input, F_SETFL, O_NONBLOCK) == 0)
            try onLoop { try StandardStreams(on: $0, input: ends.input, output: ends.output).close() }
            #expect(fcntl(ends.input, F_GETFL) & O_NONBLOCK != 0)
            #expect(fcntl(ends.output, F_GETFL) & O_NONBLOCK == 0)
        }

        @Test(arguments: [0, 1, 300_000])
        func filesAreReadToTheirEndAndWritten(count: Int) throws {
            let bytes = randomBytes(count, seed: 3)
            let ends = Ends(input: temporaryFile(bytes), output: temporaryFile([]), toInput: -1, fromOutput: -1)
            defer { ends.close() }
            #expect(try echo(ends) == bytes)
            lseek(ends.output, 0, SEEK_SET)
            #expect(readAvailable(ends.output, atMost: count + 1) == bytes)
        }

        @Test func theNullDeviceIsAnEmptyInput() throws {
            let ends = Ends(
                input: open("/dev/null", O_RDONLY), output: open("/dev/null", O_WRONLY), toInput: -1, fromOutput: -1)
            defer { ends.close() }
            #expect(try echo(ends) { $0.output.write([1, 2, 3]) } == [])
        }

        @Test func aFullDeviceIsAFailure() throws {
            let ends = Ends(
                input: open("/dev/null", O_RDONLY), output: open("/dev/full", O_WRONLY), toInput: -1, fromOutput: -1)
            defer { ends.close() }
            #expect(try failure(ends) == ENOSPC)
        }

        @Test(arguments: [true, false])
        func aReaderThatHasGoneIsAFailure(isSocket: Bool) throws {
            var ends = isSocket ? Ends.socket() : Ends.pipes()
            close(ends.fromOutput)
            if isSocket { ends.toInput = -1 }
            ends.fromOutput = -1
            defer { ends.close() }
            #expect(try failure(ends) == EPIPE)
        }

        /// The code of the failure of a write.
        private func failure(_ ends: Ends) throws -> Int32? {
            var codes: [Int32] = []
            try onLoop { loop in
                let streams = try StandardStreams(on: loop, input: ends.input, output: ends.output)
                streams.output.onFailure = { error in
                    codes.append(error.code)
                    #expect(streams.output.isClosed)
                    streams.output.write([1])
                    #expect(streams.output.pendingBytes == 0)
                    streams.close()
                }
                streams.output.write([1])
            }
            #expect(codes.count == 1)
            return codes.first
        }

        @Test func aDescriptorThatIsNotOpenIsRefused() throws {
            try onLoop { loop in
                #expect(throws: ReactorError(code: EBADF, operation: "open stdin")) {
                    try StandardStreams(on: loop, input: -1, output: 1)
                }
            }
        }

        /// A pipe whose wrong end was given ends at once.
        @Test func anInputThatCannotBeReadEnds() throws {
            let ends = Ends.pipes()
            defer { ends.close() }
            var ended = 0
            try onLoop { loop in
                let streams = try StandardStreams(on: loop, input: ends.toInput, output: ends.output)
                streams.input.onEnd = { error in
                    ended += 1
                    #expect(error != nil)
                    streams.close()
                }
                streams.input.startReading()
            }
            #expect(ended == 1)
        }

        /// What nobody reads waits here and is counted; all of it arrives when somebody does.
        @Test(arguments: [true, false])
        func aSlowReaderLetsBytesWait(isSocket: Bool) throws {
            let ends = isSocket ? Ends.socket() : Ends.pipes()
            defer { ends.close() }
            let bytes = randomBytes(3 << 20, seed: 4)
            var taken: [UInt8] = []
            try onLoop { loop in
                let streams = try StandardStreams(on: loop, input: ends.input, output: ends.output)
                streams.output.write(bytes)
                #expect(streams.output.pendingBytes == bytes.count)
                let timer = Timer(on: loop) {
                    taken += readAvailable(ends.fromOutput, atMost: 1 << 20)
                    #expect(taken.count + streams.output.pendingBytes >= bytes.count)
                }
                // The kernel holds less than this, so nothing is written to the end before the timer reads.
                timer.start(afterMilliseconds: 1, repeatingMilliseconds: 1)
                streams.output.onWritten = {
                    guard streams.output.pendingBytes == 0 else { return }
                    timer.close()
                    streams.close()
                }
            }
            while taken.count < bytes.count {
                let more = readAvailable(ends.fromOutput, atMost: 1 << 20)
                if more.isEmpty { break }
                taken += more
            }
            #expect(taken == bytes)
        }

        @Test(arguments: ["pipe", "file"])
        func whileReadingIsStoppedNothingArrives(kind: String) throws {
            var ends = Ends.pipes()
            defer { ends.close() }
            if kind == "file" {
                close(ends.input)
                ends.input = temporaryFile([1, 2, 3])
            } else {
                writeAll([1, 2, 3], to: ends.toInput)
            }
            var isStopped = true
            var received: [UInt8] = []
            try onLoop { loop in
                let streams = try StandardStreams(on: loop, input: ends.input, output: ends.output)
                streams.input.onBytes = { bytes in
                    #expect(!isStopped)
                    received += bytes
                    streams.close()
                }
                streams.input.startReading()
                // Both in one turn: a file's job is under way, or not begun.
                loop.defer {
                    streams.input.stopReading()
                    streams.output.write([9])
                }
                streams.output.onWritten = {
                    isStopped = false
                    streams.input.startReading()
                }
            }
            #expect(received == [1, 2, 3])
        }
    }
}
