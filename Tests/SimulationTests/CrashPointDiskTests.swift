import Raft
import Testing

@testable import Simulation

/// The states that a crash may leave of a disk: all that are legal, and no others.
@Suite struct CrashPointDiskTests {
    private func disk(_ operations: [DiskOperation]) -> SimulatedDisk {
        var disk = SimulatedDisk()
        disk.perform(operations)
        return disk
    }

    private func contents(of disk: SimulatedDisk, _ path: String = "f") throws -> [[UInt8]?] {
        try disk.crashStates(.everyByte).map { state in
            let crashed = disk.crashed(in: state)
            #expect(!crashed.hasUnsyncedChanges)
            return try crashed.size(of: path).map { try crashed.read(path, offset: 0, count: Int($0)) }
        }
    }

    private let synced: [DiskOperation] = [
        .create(path: "f"), .write(path: "f", offset: 0, bytes: [1, 2, 3]), .sync(path: "f"), .syncDirectory(path: ""),
    ]

    @Test func whatIsDurableIsOneState() throws {
        #expect(try contents(of: disk(synced)) == [[1, 2, 3]])
    }

    @Test func aWriteLeavesEachOfItsPrefixes() throws {
        let states = try Set(contents(of: disk(synced + [.write(path: "f", offset: 1, bytes: [9, 9])])))
        #expect(states == [[1, 2, 3], [1, 9, 3], [1, 9, 9]])
        let grown = try Set(contents(of: disk(synced + [.write(path: "f", offset: 3, bytes: [8, 9])])))
        #expect(grown == [[1, 2, 3], [1, 2, 3, 8], [1, 2, 3, 8, 9], [1, 2, 3, 0, 0], [1, 2, 3, 8, 0]])
    }

    @Test func oneOfSeveralWritesMayBeLost() throws {
        let writes: [DiskOperation] = [
            .write(path: "f", offset: 0, bytes: [7]), .write(path: "f", offset: 1, bytes: [8]),
        ]
        let states = try Set(contents(of: disk(synced + writes)))
        #expect(states == [[1, 2, 3], [7, 2, 3], [1, 8, 3], [7, 8, 3]])
    }

    @Test func aSectorIsMissingOrAloneOrStale() throws {
        let old: [DiskOperation] = [
            .create(path: "old"), .write(path: "old", offset: 0, bytes: [UInt8](repeating: 5, count: 1024)),
            .sync(path: "old"), .remove(path: "old"), .create(path: "f"), .sync(path: "f"), .syncDirectory(path: ""),
        ]
        let new = [UInt8](repeating: 9, count: 1500)
        let states = Set(try contents(of: disk(old + [.write(path: "f", offset: 0, bytes: new)])))
        for (sector, bytes) in [(0, 0..<512), (1, 512..<1024), (2, 1024..<1500)] {
            var missing = new
            var alone = [UInt8](repeating: 0, count: 1500)
            var stale = new
            for place in bytes { (missing[place], alone[place], stale[place]) = (0, 9, place < 1024 ? 5 : 0) }
            #expect(states.contains(missing), "without sector \(sector)")
            #expect(states.contains(stale), "a stale sector \(sector)")
            // A file may end where its last sector does.
            #expect(states.contains(alone), "sector \(sector) alone")
        }
        let inPlace = Set(try contents(of: disk(synced + [.write(path: "f", offset: 0, bytes: [9])])))
        #expect(inPlace == [[1, 2, 3], [9, 2, 3]], "nothing is stale where the file has its blocks")
    }

    @Test func namesComeInEveryCombination() throws {
        let disk = disk(synced + [.link(from: "f", to: "g"), .rename(from: "f", to: "h"), .remove(path: "g")])
        let states = try Set(
            disk.crashStates(.everyByte).map { try disk.crashed(in: $0).names(in: "").joined(separator: " ") })
        #expect(states == ["f", "f g", "g h", "h"])
    }

    @Test func aCutThatIsNotSyncedMayBeUndone() throws {
        #expect(try Set(contents(of: disk(synced + [.truncate(path: "f", size: 1)]))) == [[1], [1, 2, 3]])
    }

    @Test func twoNamesOfOneFileAreNotRenamed() throws {
        let twins = disk(synced + [.link(from: "f", to: "g"), .rename(from: "f", to: "g")])
        #expect(try twins.names(in: "") == ["f", "g"])
    }

    @Test func whatMakesNoSenseIsObjectedTo() {
        let disk = disk(synced)
        let senseless: [DiskOperation] = [
            .create(path: "f"), .write(path: "g", offset: 0, bytes: [1]), .sync(path: "g"), .remove(path: "g"),
            .rename(from: "g", to: "f"), .link(from: "f", to: "f"), .link(from: "g", to: "h"),
            .truncate(path: "f", size: 4), .writeZeros(path: "g", offset: 0, count: 1),
        ]
        for operation in senseless { #expect(disk.objection(to: operation) != nil, "\(operation)") }
        for operation in synced.dropFirst() { #expect(disk.objection(to: operation) == nil, "\(operation)") }
    }

    @Test func theDigestTellsDisksApart() {
        let disks = [
            disk(synced), disk(synced + [.write(path: "f", offset: 2, bytes: [4])]),
            disk(synced + [.rename(from: "f", to: "g")]), disk(synced + [.link(from: "f", to: "g")]),
            disk(
                synced + [
                    .create(path: "g"), .write(path: "g", offset: 0, bytes: [1, 2, 3]),
                ]),
        ]
        #expect(Set(disks.map(\.digest)).count == disks.count)
        #expect(disk(synced).digest == disk(synced + [.sync(path: "f")]).digest)
    }
}
