import Bytes

/// All session logs, by name.
struct SessionLogs: Sendable {
    private(set) var logs = OrderedMap<SessionLog>()
    /// About how many bytes they take, names included. What forks share counts for each: a sum over what is there, the same on every node.
    private(set) var bytes = 0
    /// The sum over the logs.
    private(set) var hash = StateHash.zero

    /// The number of logs.
    var count: Int { logs.count }
    /// Of all logs together.
    private(set) var entryCount: UInt64 = 0

    func get(_ name: [UInt8]) -> SessionLog? { logs.get(name) }

    /// Puts a log that was made elsewhere under a name.
    mutating func put(_ name: [UInt8], _ log: SessionLog) {
        let previous = logs.put(name, log)
        if let previous { forget(name, previous) }
        note(name, log)
    }

    /// Adds an entry to a log, which begins with it if there is none.
    /// - Parameter encoded: what ``SessionEntry/encode(timestamp:)`` made.
    /// - Returns: its index.
    /// - Complexity: O(log n) and O(bytes).
    mutating func append(_ encoded: [UInt8], to name: [UInt8]) -> UInt64 {
        if let index = change(name, { $0.append(encoded) }) { return index }
        var log = SessionLog()
        let index = log.append(encoded)
        put(name, log)
        return index
    }

    /// Drops the entries before an index.
    /// - Returns: how many went.
    mutating func trim(_ name: [UInt8], before index: UInt64) -> UInt64 {
        change(name) { log in
            let count = log.count
            log.trim(before: index)
            return count - log.count
        } ?? 0
    }

    /// Drops a log.
    /// - Returns: `false` when there is none.
    mutating func remove(_ name: [UInt8]) -> Bool {
        guard let log = logs.remove(name) else { return false }
        forget(name, log)
        return true
    }

    /// Changes a log where it lies; `nil` when there is none.
    private mutating func change<Result>(_ name: [UInt8], _ body: (inout SessionLog) -> Result) -> Result? {
        logs.update(name) { log in
            bytes -= log.bytes
            hash -= .sessionLog(name, log)
            entryCount -= log.count
            defer {
                bytes += log.bytes
                hash += .sessionLog(name, log)
                entryCount += log.count
            }
            return body(&log)
        }
    }

    private mutating func note(_ name: [UInt8], _ log: SessionLog) {
        bytes += log.bytes + name.count + SessionLog.overhead
        hash += .sessionLog(name, log)
        entryCount += log.count
    }

    private mutating func forget(_ name: [UInt8], _ log: SessionLog) {
        bytes -= log.bytes + name.count + SessionLog.overhead
        hash -= .sessionLog(name, log)
        entryCount -= log.count
    }
}
