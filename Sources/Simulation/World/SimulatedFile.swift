import Raft

/// A file's bytes as the processes of a machine see them, and as its platter has them.
struct SimulatedFile: Sendable {
    static let sectorSize = 512

    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case zeros(offset: Int, count: Int)
        case truncate(size: Int)
    }

    private(set) var contents: [UInt8] = []
    /// What survives a crash.
    private(set) var durable: [UInt8] = []
    /// What was done since the last sync, in order.
    private(set) var pending: [Change] = []

    init() {}

    /// A file that holds `durable` for good.
    init(durable: [UInt8]) {
        contents = durable
        self.durable = durable
    }

    var isUnsynced: Bool { !pending.isEmpty }

    mutating func perform(_ change: Change) {
        SimulatedFile.apply(change, to: &contents)
        pending.append(change)
    }

    mutating func sync() {
        for change in pending { SimulatedFile.apply(change, to: &durable) }
        pending = []
    }

    /// What waits for the platter never gets there.
    mutating func failSync() { pending = [] }

    /// - Precondition: nothing waits for a sync.
    mutating func flipBit(at offset: Int, bit: Int) {
        precondition(pending.isEmpty, "bits rot in what is durable")
        durable[offset] ^= 1 << UInt8(bit)
        contents = durable
    }

    /// The power goes: what was not synced is lost.
    mutating func crash() {
        pending = []
        contents = durable
    }

    /// The power goes while the disk works: of what was not synced any sectors may have made it.
    mutating func crash(tearing random: inout SeededRandom) {
        for change in pending { SimulatedFile.apply(change, to: &durable, tearing: &random) }
        crash()
    }

    static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let new): write(new[...], at: offset, to: &bytes)
        case .zeros(let offset, let count): write([UInt8](repeating: 0, count: count)[...], at: offset, to: &bytes)
        case .truncate(let size): if size < bytes.count { bytes.removeSubrange(size...) }
        }
    }

    static func write(_ new: ArraySlice<UInt8>, at offset: Int, to bytes: inout [UInt8]) {
        if bytes.count < offset { bytes += [UInt8](repeating: 0, count: offset - bytes.count) }
        bytes.replaceSubrange(offset..<min(bytes.count, offset + new.count), with: new)
    }

    private static func apply(_ change: Change, to bytes: inout [UInt8], tearing random: inout SeededRandom) {
        switch change {
        case .truncate: if Bool.random(using: &random) { apply(change, to: &bytes) }
        case .write(let offset, let new): tear(new, at: offset, into: &bytes, &random)
        case .zeros(let offset, let count):
            // Zeros written over nothing differ from nothing only in the size of the file.
            let kept = Int.random(in: 0...count, using: &random) / sectorSize * sectorSize
            write([UInt8](repeating: 0, count: kept)[...], at: offset, to: &bytes)
        }
    }

    private static func tear(_ new: [UInt8], at offset: Int, into bytes: inout [UInt8], _ random: inout SeededRandom) {
        // All or nothing are as likely as any mixture: those are the cases that a reader may take for whole.
        let fate = Int.random(in: 0..<4, using: &random)
        var start = 0
        while start < new.count {
            let end = min(new.count, ((offset + start) / sectorSize + 1) * sectorSize - offset)
            let isKept = fate == 0 || (fate > 1 && Bool.random(using: &random))
            if isKept { write(new[start..<end], at: offset + start, to: &bytes) }
            start = end
        }
    }
}
