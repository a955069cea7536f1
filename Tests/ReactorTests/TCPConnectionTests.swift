import Glibc
import Testing

@testable import Reactor

extension ReactorTests {
    @Suite struct TCPConnectionTests {
        /// The client reads nothing until the echo is congested, so that every buffer between the two is full.
        @Test func anEchoUnderBackPressureLosesNothing() throws {
            let sent = randomBytes(24 << 20, seed: 1)
            let client = Peer()
            let server = Peer()
            var wasCongested = false
            try onLoop { loop in
                try connectPair(on: loop, client, server) { near, far in
                    server.onReceived = { far, bytes in
                        far.write(bytes)
                        guard far.isCongested else { return }
                        wasCongested = true
                        far.stopReading()
                        near.startReading()
                    }
                    server.onDrained = { $0.startReading() }
                    server.onEnd = { $0.closeAfterWrites() }
                    client.onEnd = { $0.close() }
                    far.startReading()
                    for start in stride(from: 0, to: sent.count, by: 1 << 20) {
                        near.write(Array(sent[start..<min(start + 1 << 20, sent.count)]))
                    }
                    near.shutdownAfterWrites()
                }
            }
            #expect(wasCongested && server.drainedCount > 0)
            #expect(client.bytes == sent)
            #expect(client.closedCount == 1 && server.closedCount == 1)
            #expect(client.error == nil && server.error == nil)
        }

        @Test func theSmallWritesOfATurnLeaveTogether() throws {
            let client = Peer()
            let server = Peer()
            try onLoop { loop in
                try connectPair(on: loop, client, server) { near, far in
                    far.startReading()
                    for byte in 0..<UInt8(200) { near.write([byte]) }
                    #expect(near.pendingBytes == 200)
                    near.closeAfterWrites()
                    near.write([0xFF])
                }
            }
            #expect(server.bytes == Array(0..<200))
            #expect(server.readCount == 1)
        }

        @Test func closeAfterWritesSendsEverythingFirst() throws {
            let sent = randomBytes(8 << 20, seed: 2)
            let client = Peer()
            let server = Peer()
            try onLoop { loop in
                try connectPair(on: loop, client, server) { near, far in
                    near.write(sent)
                    near.closeAfterWrites()
                    #expect(!near.isClosed && near.isCongested)
                    far.startReading()
                }
            }
            #expect(server.bytes == sent)
            #expect(server.endCount == 1 && server.error == nil)
        }

        @Test func aHalfClosedConnectionStillAnswers() throws {
            let client = Peer()
            let server = Peer()
            try onLoop { loop in
                server.onEnd = {
                    $0.write([4, 5, 6])
                    $0.closeAfterWrites()
                }
                try connectPair(on: loop, client, server) { near, far in
                    near.startReading()
                    far.startReading()
                    near.write([1, 2, 3])
                    near.shutdownAfterWrites()
                }
            }
            #expect(server.bytes == [1, 2, 3] && client.bytes == [4, 5, 6])
        }

        @Test func thePeersCloseIsNoticed() throws {
            let client = Peer()
            let server = Peer()
            try onLoop { loop in
                try connectPair(on: loop, client, server) { near, far in
                    far.startReading()
                    near.close()
                }
            }
            #expect(server.endCount == 1 && server.closedCount == 1 && server.error == nil)
            #expect(client.closedCount == 1)
        }

        @Test func thePeersAbortIsAReset() throws {
            let client = Peer()
            let server = Peer()
            try onLoop { loop in
                try connectPair(on: loop, client, server) { near, far in
                    far.setUserTimeout(milliseconds: 1000)
                    far.enableKeepAlive(seconds: 10)
                    far.startReading()
                    near.abort()
                    near.abort()
                }
            }
            #expect(server.error?.code == ECONNRESET && server.closedCount == 1)
            #expect(client.error == nil && client.closedCount == 1)
        }

        @Test func writingToAPeerThatIsGoneFails() throws {
            let client = Peer()
            let server = Peer()
            try onLoop { loop in
                try connectPair(on: loop, client, server) { near, far in
                    // Unread by the peer, these make its close a reset; the rest does not fit into the socket.
                    near.write([UInt8](repeating: 7, count: 16 << 20))
                    loop.defer { loop.defer { far.close() } }
                }
            }
            #expect(client.closedCount == 1)
            #expect(client.error.map { [ECONNRESET, EPIPE].contains($0.code) } == true)
        }

        @Test func nobodyListeningIsARefusal() throws {
            try onLoop { loop in
                let listener = try TCPListener(on: loop, address: anyPort) { _ in }
                let address = listener.address
                listener.close()
                TCPConnection.connect(on: loop, to: address, timeoutMilliseconds: 10_000) { result in
                    guard case .failure(let error) = result else {
                        Issue.record("connected to nobody")
                        return
                    }
                    #expect(error.isConnectionRefused && error.name == "ECONNREFUSED")
                    #expect(error.description.contains("connect to \(address)"))
                }
            }
        }

        /// Nobody accepts and the backlog is full: the kernel drops the attempt, and only the time-out ends it.
        @Test func anAttemptWithoutAnswerTimesOut() throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var codes: [Int32] = []
            try onLoop { loop in
                try #require(anyPort.withSockaddr { bind(listener, $0, $1) } == 0)
                try #require(listen(listener, 0) == 0)
                let address = try #require(SocketAddress { getsockname(listener, $0, $1) })
                for _ in 0..<4 {
                    TCPConnection.connect(on: loop, to: address, timeoutMilliseconds: 300) { result in
                        switch result {
                        case .success(let connection): connection.close()
                        case .failure(let error): codes.append(error.code)
                        }
                    }
                }
            }
            #expect(codes.contains(ETIMEDOUT) && codes.allSatisfy { $0 == ETIMEDOUT })
        }

        @Test func aCancelledAttemptSaysNothing() throws {
            try onLoop { loop in
                let listener = try TCPListener(on: loop, address: anyPort) { $0.close() }
                for _ in 0..<3 {
                    let pending = TCPConnection.connect(on: loop, to: listener.address, timeoutMilliseconds: 5) { _ in
                        Issue.record("called after it was cancelled")
                    }
                    pending.cancel()
                    pending.cancel()
                }
                let timer = Timer(on: loop) { loop.stop() }
                timer.start(afterMilliseconds: 50)
                loop.run()
                timer.close()
                listener.close()
            }
        }

        /// Whatever moment a connection is closed at: told once, nothing after it, no handle left.
        @Test func closingAtAwkwardMomentsLeavesNothingOpen() throws {
            for moment in AwkwardMoment.allCases {
                let client = Peer()
                let server = Peer()
                try onLoop { loop in
                    client.onEnd = { $0.close() }
                    try connectPair(on: loop, client, server) { near, far in
                        near.startReading()
                        far.startReading()
                        near.write([UInt8](repeating: 1, count: 4 << 20))
                        moment.arrange(near, far, server, loop)
                    }
                }
                #expect(client.closedCount == 1 && server.closedCount == 1, "\(moment)")
            }
        }
    }
}

private enum AwkwardMoment: CaseIterable {
    case inReadCallback, withWritesPending, withWritesInFlight, twice, inEndOfTurn, abortWithWrites, whileShuttingDown

    func arrange(_ near: TCPConnection, _ far: TCPConnection, _ server: Peer, _ loop: EventLoop) {
        switch self {
        case .inReadCallback:
            server.onReceived = { far, _ in
                far.write([1])
                far.close()
                far.startReading()
                far.write([2])
            }
        case .withWritesPending:
            near.close()
        case .withWritesInFlight:
            far.stopReading()
            loop.defer { loop.defer { near.close() } }
            server.onClosed = { #expect(near.isClosed) }
            loop.defer { loop.defer { far.startReading() } }
        case .twice:
            near.close()
            near.close()
            loop.defer { near.closeAfterWrites() }
        case .inEndOfTurn:
            loop.onTurnEnd = { near.close() }
        case .abortWithWrites:
            near.abort()
        case .whileShuttingDown:
            near.shutdownAfterWrites()
            loop.defer { near.close() }
        }
    }
}
