import Glibc
import Testing

@testable import Reactor

extension ReactorTests {
    @Suite struct TCPListenerTests {
        @Test func anOccupiedPortThrowsWithItsAddress() throws {
            try onLoop { loop in
                let listener = try TCPListener(on: loop, address: anyPort) { _ in }
                #expect(listener.address.port != 0)
                let error = #expect(throws: ReactorError.self) {
                    try TCPListener(on: loop, address: listener.address) { _ in }
                }
                #expect(error?.code == EADDRINUSE)
                #expect(error?.description.contains("\(listener.address)") == true)
                listener.close()
                listener.close()
            }
        }

        @Test func aListenerClosedWhileAcceptingAcceptsNoMore() throws {
            var accepted = 0
            try onLoop { loop in
                var listener: TCPListener?
                listener = try TCPListener(on: loop, address: anyPort) { connection in
                    accepted += 1
                    connection.close()
                    listener?.close()
                }
                for _ in 0..<3 {
                    TCPConnection.connect(on: loop, to: listener!.address, timeoutMilliseconds: 10_000) { result in
                        if case .success(let connection) = result { connection.close() }
                    }
                }
            }
            #expect(accepted == 1)
        }

        /// In a process of its own, since the limit holds for everything in it.
        @Test func runningOutOfDescriptorsPausesAcceptingAndLosesNobody() async {
            await #expect(processExitsWith: .success) {
                try onLoop { loop in
                    var accepted = 0
                    var pauses: [ReactorError] = []
                    // Created while there are descriptors; the limit is restored only after a second try in vain.
                    var old = rlimit()
                    let restoring = Timer(on: loop) { restoreDescriptorLimit(old) }
                    let clientCount = 4
                    let peers = (0..<clientCount).map { _ in Peer() }
                    let listener = try TCPListener(on: loop, address: anyPort) { connection in
                        connection.delegate = peers[accepted]
                        connection.startReading()
                        accepted += 1
                        if accepted == clientCount { loop.stop() }
                    }
                    // The kernel completes these without us; they wait to be accepted.
                    let clients = try (0..<clientCount).map { _ in try blockingClient(of: listener.address) }
                    old = try lowerDescriptorLimitToWhatIsOpen()
                    listener.onAcceptPaused = { error in
                        pauses.append(error)
                        restoring.start(afterMilliseconds: 150)
                    }
                    loop.run()
                    #expect(pauses.map(\.code) == [EMFILE])
                    #expect(accepted == clientCount)
                    #expect(peers.allSatisfy { $0.closedCount == 0 })
                    restoring.close()
                    listener.close()
                    for client in clients { close(client) }
                }
            }
        }
    }
}

/// A connected socket outside the loop.
private func blockingClient(of address: SocketAddress) throws -> Int32 {
    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let status = address.withSockaddr { connect(client, $0, $1) }
    try #require(status == 0)
    return client
}

/// Lowers the soft limit so that no descriptor is left.
/// - Returns: the limit before.
private func lowerDescriptorLimitToWhatIsOpen() throws -> rlimit {
    var old = rlimit()
    try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &old) == 0)
    let lowestFree = dup(0)
    try #require(lowestFree >= 0)
    close(lowestFree)
    restoreDescriptorLimit(rlimit(rlim_cur: rlim_t(lowestFree), rlim_max: old.rlim_max))
    return old
}

private func restoreDescriptorLimit(_ limit: rlimit) {
    var limit = limit
    #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
}
