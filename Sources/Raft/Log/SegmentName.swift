/// The names of the files in `raft_log/`, relative to the data directory.
enum SegmentName {
    static let directory = "raft_log"

    private static let segmentSuffix = ".segment"
    private static let preparedPrefix = "prepared-"

    /// `raft_log/00000001.segment`; more digits where eight are too few.
    static func path(ofSegment number: UInt64) -> String { "\(directory)/\(name(ofSegment: number))" }

    static func name(ofSegment number: UInt64) -> String { "\(padded(number))\(segmentSuffix)" }

    /// More than any log has; none could follow the last number there is.
    private static let maximumNumber = UInt64.max >> 1

    /// The number of the segment that is called `name`, or `nil` when no segment is called so.
    static func number(of name: String) -> UInt64? {
        guard name.hasSuffix(segmentSuffix), let number = UInt64(name.dropLast(segmentSuffix.count)),
            (1...maximumNumber).contains(number), self.name(ofSegment: number) == name
        else { return nil }
        return number
    }

    /// A file that may become a segment. `serial` counts the files of one run of the program.
    static func path(ofPrepared serial: UInt64) -> String {
        "\(directory)/\(preparedPrefix)\(padded(serial))"
    }

    static func isPrepared(_ name: String) -> Bool { name.hasPrefix(preparedPrefix) }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}
