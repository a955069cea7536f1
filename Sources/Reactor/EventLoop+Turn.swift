/// The end of a turn.
extension EventLoop {
    /// Work that keeps putting off more work gets this many rounds before the loop looks at its sockets again.
    private static let maximumRounds = 8

    /// Runs `work` at the end of this turn, before ``onTurnEnd``: for what must not happen inside the present call.
    package func `defer`(_ work: @escaping () -> Void) {
        deferred.append(work)
    }

    /// The connection's writes leave at the end of this turn. To be called once a turn for each connection.
    func flushAtTurnEnd(_ connection: TCPConnection) {
        dirtyConnections.append(connection)
    }

    var hasUnfinishedTurn: Bool { !deferred.isEmpty || !dirtyConnections.isEmpty }

    /// Hands on what the turn collected, until nothing new comes of it.
    func endTurn() {
        for _ in 0..<Self.maximumRounds {
            runDeferred()
            onTurnEnd?()
            flushConnections()
            if !hasUnfinishedTurn { break }
        }
        setWaiting(!hasUnfinishedTurn)
    }

    private func runDeferred() {
        guard !deferred.isEmpty else { return }
        let batch = deferred
        deferred = []
        for work in batch { work() }
    }

    private func flushConnections() {
        guard !dirtyConnections.isEmpty else { return }
        let batch = dirtyConnections
        dirtyConnections = []
        for connection in batch { connection.flush() }
    }
}
