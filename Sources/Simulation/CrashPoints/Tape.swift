import Raft

/// What a node had its disk do and, in between, what it promised: all that is needed to stop it anywhere.
struct Tape {
    enum Step {
        case operation(DiskOperation)
        /// The power goes within the last write, of which so many bytes are on the disk; of the rest everything.
        case power(keeping: Int)
        /// From here on more may be found, for it is about to be written.
        case mayFind((inout Expectation) -> Void)
        /// From here on less may be found, for something was promised.
        case mustFind((inout Expectation) -> Void)
        /// Everything is durable and sealed: from here on no byte may change unnoticed.
        case rest
    }

    let settings: SegmentedLog.Settings
    /// Whose directory it becomes.
    let newcomer: FormatFile
    private(set) var steps: [Step] = []

    init(settings: SegmentedLog.Settings, newcomer: FormatFile) {
        self.settings = settings
        self.newcomer = newcomer
    }

    mutating func append(_ new: [Step]) { steps += new }
}
