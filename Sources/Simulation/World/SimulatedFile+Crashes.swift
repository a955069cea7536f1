/// What a crash leaves of the changes to one file that wait for its sync.
enum Remains: Sendable, Equatable {
    case everything
    case nothing
    /// Everything but the change of this number, counted from 0.
    case without(Int)
    /// Nothing but the change of this number.
    case only(Int)
    /// All before the last write, and so many of its bytes. Where it makes the file longer, the file may have grown already: then zeros
    /// are behind them.
    case prefix(Int, isGrown: Bool)
    /// Everything but one 512-byte sector of the last write, counted from its first.
    case withoutSector(Int)
    /// Of the last write one sector only.
    case onlySector(Int)
    /// Everything, but in one sector of the last write stands what the disk held there for another file, whose number it is.
    case staleSector(Int, from: Int)
}

/// How finely crash states are told apart.
enum CrashDetail: Sendable {
    /// Every byte of a write.
    case everyByte
    /// A few places of a write.
    case coarse
}

extension SimulatedFile {
    /// What the file holds without its last change that waits.
    private var contentsBeforeLast: [UInt8] {
        var bytes = durable
        for change in pending.dropLast() { SimulatedFile.apply(change, to: &bytes) }
        return bytes
    }

    /// All that a crash may leave.
    /// - Parameter donors: the files whose former bytes may turn up where this one grows.
    func remains(_ detail: CrashDetail, donors: [Int]) -> [Remains] {
        guard let last = pending.last else { return [.everything] }
        var remains: [Remains] = [.everything, .nothing]
        if pending.count > 1 { for number in pending.indices { remains += [.without(number), .only(number)] } }
        switch last {
        case .truncate: break
        case .zeros(let offset, let count):
            let isGrown = contentsBeforeLast.count < offset + count
            for kept in stride(from: SimulatedFile.sectorSize, to: count, by: SimulatedFile.sectorSize) where isGrown {
                remains.append(.prefix(kept, isGrown: false))
            }
        case .write(let offset, let bytes):
            let sizeBefore = contentsBeforeLast.count
            for kept in prefixes(of: bytes.count, detail) {
                remains.append(.prefix(kept, isGrown: false))
                if sizeBefore < offset + bytes.count { remains.append(.prefix(kept, isGrown: true)) }
            }
            for (number, sector) in SimulatedFile.sectors(at: offset, count: bytes.count).enumerated() {
                remains += [.withoutSector(number), .onlySector(number)]
                guard sector.lowerBound >= sizeBefore else { continue }
                for donor in donors { remains.append(.staleSector(number, from: donor)) }
            }
        }
        return remains
    }

    private func prefixes(of count: Int, _ detail: CrashDetail) -> [Int] {
        switch detail {
        case .everyByte: Array(0..<count)
        case .coarse: [count / 2, count - 1]
        }
    }

    /// What the file holds after a crash.
    /// - Parameter stale: what the donor holds.
    func contents(after remains: Remains, stale: [UInt8]) -> [UInt8] {
        switch remains {
        case .everything: return contents
        case .nothing: return durable
        case .without(let number): return applying(pending.indices.filter { $0 != number })
        case .only(let number): return applying([number])
        default: break
        }
        var bytes = contentsBeforeLast
        switch (pending.last, remains) {
        case (.zeros(let offset, _), .prefix(let count, _)):
            SimulatedFile.apply(.zeros(offset: offset, count: count), to: &bytes)
        case (.write(let offset, let new), .prefix(let count, let isGrown)):
            if isGrown { SimulatedFile.grow(&bytes, to: offset + new.count) }
            SimulatedFile.write(new[..<count], at: offset, to: &bytes)
        case (.write(let offset, let new), .withoutSector(let number)):
            let missing = SimulatedFile.sectors(at: offset, count: new.count)[number]
            SimulatedFile.grow(&bytes, to: offset + new.count)
            SimulatedFile.write(new[..<(missing.lowerBound - offset)], at: offset, to: &bytes)
            SimulatedFile.write(new[(missing.upperBound - offset)...], at: missing.upperBound, to: &bytes)
        case (.write(let offset, let new), .onlySector(let number)):
            let sector = SimulatedFile.sectors(at: offset, count: new.count)[number]
            SimulatedFile.grow(&bytes, to: offset + new.count)
            SimulatedFile.write(
                new[(sector.lowerBound - offset)..<(sector.upperBound - offset)], at: sector.lowerBound, to: &bytes)
        case (.write(let offset, let new), .staleSector(let number, _)):
            let sector = SimulatedFile.sectors(at: offset, count: new.count)[number]
            SimulatedFile.write(new[...], at: offset, to: &bytes)
            for place in sector { bytes[place] = place < stale.count ? stale[place] : 0 }
        default: preconditionFailure("\(remains) is no state of this file")
        }
        return bytes
    }

    private func applying(_ numbers: [Int]) -> [UInt8] {
        var bytes = durable
        for number in numbers { SimulatedFile.apply(pending[number], to: &bytes) }
        return bytes
    }

    /// The parts of a write that lie in one sector each, as places in the file.
    private static func sectors(at offset: Int, count: Int) -> [Range<Int>] {
        var sectors: [Range<Int>] = []
        var start = offset
        while start < offset + count {
            let end = min(offset + count, (start / sectorSize + 1) * sectorSize)
            sectors.append(start..<end)
            start = end
        }
        return sectors
    }

    private static func grow(_ bytes: inout [UInt8], to size: Int) {
        if bytes.count < size { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    }
}
