/// What an agent did: which code ran, from which heap snapshot to which.
package struct SessionEntry: Sendable, Equatable {
    /// The heap that the code ran on; `nil` for a fresh one. A ``Name``, as the next two.
    package let inputHeap: [UInt8]?
    /// The heap that it left.
    package let outputHeap: [UInt8]
    /// The file system that it left; `nil` when it has none.
    package let outputFS: [UInt8]?
    /// UTF-8, of any length.
    package let code: [UInt8]

    package init(inputHeap: [UInt8]?, outputHeap: [UInt8], outputFS: [UInt8]?, code: [UInt8]) {
        self.inputHeap = inputHeap
        self.outputHeap = outputHeap
        self.outputFS = outputFS
        self.code = code
    }

    /// All texts together, in bytes.
    package var byteCount: Int { (inputHeap?.count ?? 0) + outputHeap.count + (outputFS?.count ?? 0) + code.count }
}

/// An entry at its place in a session log.
package struct LoggedSessionEntry: Sendable, Equatable {
    /// Counts the entries of the log from 0 on, without gaps.
    package let index: UInt64
    /// The leader's time, in Unix milliseconds; never falls within a log.
    package let timestamp: UInt64
    package let entry: SessionEntry

    package init(index: UInt64, timestamp: UInt64, entry: SessionEntry) {
        self.index = index
        self.timestamp = timestamp
        self.entry = entry
    }
}
