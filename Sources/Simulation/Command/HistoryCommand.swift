import History

/// `raftsim check-history`: judges histories that clients of real nodes recorded.
package enum HistoryCommand {
    /// Hands out a file, a piece at a time, or throws why it cannot be read.
    package typealias FileSource = (_ path: String, _ take: ([UInt8]) throws -> Void) throws -> Void

    static let usage = """
        usage: raftsim check-history FILE...

        Judges histories of clients, one operation a line as JSON: each key for linearizability, the whole store by the
        order of its revisions and real time, and session logs and heaps for both.
        Exit status: 0 all are clean, 1 one is not, 64 usage, or a file that is no history.
        """

    /// Judges the files that `arguments` name, and prints a line for each.
    /// - Returns: the exit status.
    package static func run(_ arguments: [String], reading source: FileSource) -> Int32 {
        guard !arguments.isEmpty, !arguments.contains(where: { $0.hasPrefix("-") }) else {
            print(usage)
            return 64
        }
        var status: Int32 = 0
        for path in arguments {
            do {
                let verdict = try read(path, source).verdict()
                print("\(path): \(verdict)")
                if case .violation = verdict { status = max(status, 1) }
            } catch {
                print("\(path): \(error)")
                status = 64
            }
        }
        return status
    }

    private static func read(_ path: String, _ source: FileSource) throws -> History {
        var reader = HistoryReader()
        try source(path) { try reader.take($0) }
        return try reader.finish()
    }
}
