import ArgumentParser
import Raft

/// `from..to`, either of which may be left out, or one index.
struct EntryRange: ExpressibleByArgument {
    let from: LogIndex
    let to: LogIndex

    init?(argument: String) {
        guard let dots = argument.firstRange(of: "..") else {
            guard let index = LogIndex(argument) else { return nil }
            (from, to) = (index, index)
            return
        }
        let (first, last) = (argument[..<dots.lowerBound], argument[dots.upperBound...])
        guard let from = first.isEmpty ? 0 : LogIndex(first), let to = last.isEmpty ? .max : LogIndex(last) else {
            return nil
        }
        (self.from, self.to) = (from, to)
    }

    func contains(_ index: LogIndex) -> Bool { from <= index && index <= to }
}
