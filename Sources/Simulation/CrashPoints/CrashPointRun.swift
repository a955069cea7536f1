import Raft

/// Stops a workload after every operation, in every state that a crash may leave then, and has a node start there.
struct CrashPointRun {
    /// Which states are looked at.
    struct Selection {
        /// One of so many.
        var every = 1
        /// This one alone.
        var only: Int?

        /// Neighbours are of different kinds, by turns: so not every so manyth, but as many, spread by multiplication (Knuth, The Art of
        /// Computer Programming 3, 6.4).
        func contains(_ state: Int) -> Bool {
            if let only { return state == only }
            return (UInt64(state) &* 0x9E37_79B9_7F4A_7C15) >> 32 % UInt64(every) == 0
        }
    }

    struct Counts {
        var operations = 0
        /// Crash states that were looked at, and how many disks among them differ.
        var crashStates = 0
        var distinctDisks = 0
        /// States within the repairs of those.
        var repairStates = 0
        /// Bits of sealed files that were turned over: found out, or without effect.
        var detectedBits = 0
        var harmlessBits = 0

        var total: Int { crashStates + repairStates + detectedBits + harmlessBits }

        static func += (sum: inout Counts, other: Counts) {
            sum.operations += other.operations
            sum.crashStates += other.crashStates
            sum.distinctDisks += other.distinctDisks
            sum.repairStates += other.repairStates
            sum.detectedBits += other.detectedBits
            sum.harmlessBits += other.harmlessBits
        }
    }

    private let name: String
    private let tape: Tape
    private let selection: Selection
    private var aftermath: Aftermath
    private var judge = Judge()
    private var expectation = Expectation()
    /// The findings that were judged by the expectation that holds.
    private var judged: Set<Int> = []
    private var disk = SimulatedDisk()
    private var place = "before the first operation"
    private var state = 0
    private var counts = Counts()

    init(_ name: String, _ tape: Tape, _ selection: Selection) {
        self.name = name
        self.tape = tape
        self.selection = selection
        aftermath = Aftermath(settings: tape.settings, newcomer: tape.newcomer)
    }

    /// - Throws: the first state that goes wrong.
    mutating func run() throws(CrashPointFailure) -> Counts {
        for step in tape.steps {
            switch step {
            case .operation(let operation):
                disk.perform(operation)
                counts.operations += 1
                place = "after operation \(counts.operations), \(operation.summary)"
                try crash()
            case .power(let count):
                disk = disk.torn(keeping: count)
                place += ", torn after \(count) bytes"
            case .mayFind(let change):
                change(&expectation)
                judged = []
            case .mustFind(let change):
                change(&expectation)
                judged = []
                try crash()
            case .rest: try rot()
            }
        }
        counts.distinctDisks = aftermath.known.count
        counts.repairStates = aftermath.nestedStates
        return counts
    }

    // MARK: Crashes

    /// How a node ends.
    private enum End {
        /// The power goes.
        case power(CrashState)
        /// The process is killed.
        case kill
        /// The process ends because a sync has failed.
        case failedSync
    }

    private mutating func crash() throws(CrashPointFailure) {
        for state in disk.crashStates(.everyByte) { try examine(.power(state)) }
        try examine(.kill)
        try examine(.failedSync)
    }

    /// Looks at the next state, if it is selected, and judges what is found there.
    private mutating func examine(_ end: End) throws(CrashPointFailure) {
        state += 1
        guard selection.contains(state) else { return }
        counts.crashStates += 1
        do throws(DirectoryStart.Refusal) {
            let number = try look(after: end)
            guard judged.insert(number).inserted else { return }
            let found = aftermath.found[number]
            if let complaint = judge.complaint(about: found, expectation, newcomer: tape.newcomer) {
                throw DirectoryStart.Refusal(message: complaint, corruption: nil)
            }
        } catch {
            throw failure("\(place): \(describe(end))", error.message)
        }
    }

    private mutating func look(after end: End) throws(DirectoryStart.Refusal) -> Int {
        switch end {
        case .power(let state): try aftermath.examine(disk.crashed(in: state))
        case .kill: try aftermath.examineKill(disk, withFailedSyncs: false)
        case .failedSync: try aftermath.examineKill(disk, withFailedSyncs: true)
        }
    }

    private func describe(_ end: End) -> String {
        switch end {
        case .power(let state): disk.describe(state)
        case .kill: "the process is killed"
        case .failedSync: "the process ends, for its syncs have failed"
        }
    }

    private func failure(_ place: String, _ complaint: String) -> CrashPointFailure {
        CrashPointFailure(workload: name, state: state, place: place, complaint: complaint)
    }

    // MARK: Bits

    /// Turns every bit of every file over, one at a time.
    private mutating func rot() throws(CrashPointFailure) {
        var still = disk
        still.crash()
        let sealed: SealedFiles
        do throws(DirectoryStart.Refusal) {
            sealed = try SealedFiles(still, newcomer: tape.newcomer, settings: tape.settings)
        } catch {
            throw failure(place, error.message)
        }
        for path in still.paths {
            for offset in 0..<still.durableSize(of: path) {
                for bit in 0..<8 {
                    state += 1
                    guard selection.contains(state) else { continue }
                    do throws(DirectoryStart.Refusal) {
                        switch try sealed.verdict(onBit: bit, at: offset, of: path, on: still) {
                        case .detected: counts.detectedBits += 1
                        case .harmless(let found):
                            counts.harmlessBits += 1
                            if let complaint = judge.complaint(about: found, expectation, newcomer: tape.newcomer) {
                                throw DirectoryStart.Refusal(message: complaint, corruption: nil)
                            }
                        }
                    } catch {
                        throw failure("\(place): bit \(bit) of byte \(offset) of \(path) is turned over", error.message)
                    }
                }
            }
        }
    }
}
