import Raft
import Simulation
import Testing

@Suite struct SimulatedDiskTests {
    private func disk(_ operations: [DiskOperation]) -> SimulatedDisk {
        var disk = SimulatedDisk()
        disk.perform(operations)
        return disk
    }

    private let synced: [DiskOperation] = [
        .create(path: "raft_log/a"), .write(path: "raft_log/a", offset: 0, bytes: [1, 2, 3]), .sync(path: "raft_log/a"),
        .syncDirectory(path: "raft_log"),
    ]

    @Test func whatIsSyncedSurvivesAndTheRestDoesNot() throws {
        var disk = disk(synced + [.write(path: "raft_log/a", offset: 1, bytes: [9, 9, 9])])
        #expect(try disk.read("raft_log/a", offset: 0, count: 9) == [1, 9, 9, 9])
        disk.crash()
        #expect(try disk.read("raft_log/a", offset: 0, count: 9) == [1, 2, 3])
    }

    @Test func aNameNeedsTheSyncOfItsDirectory() throws {
        var disk = disk(
            synced + [
                .create(path: "raft_log/b"), .sync(path: "raft_log/b"), .rename(from: "raft_log/a", to: "raft_log/c"),
            ])
        #expect(try disk.names(in: "raft_log") == ["b", "c"])
        disk.perform([.syncDirectory(path: "")])
        disk.crash()
        #expect(try disk.names(in: "raft_log") == ["a"])
        disk.perform([.rename(from: "raft_log/a", to: "raft_log/c"), .syncDirectory(path: "raft_log")])
        disk.crash()
        #expect(try disk.names(in: "raft_log") == ["c"])
    }

    @Test func aDiskThatIgnoresSyncsKeepsNothing() throws {
        var disk = SimulatedDisk()
        disk.ignoresSync = true
        disk.perform(synced)
        disk.crash()
        #expect(try disk.names(in: "raft_log") == [])
    }

    @Test func aTornWriteKeepsWholeSectors() throws {
        var outcomes: Set<[Bool]> = []
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var disk = disk([
                .create(path: "f"), .writeZeros(path: "f", offset: 0, count: 2048), .sync(path: "f"),
                .syncDirectory(path: ""),
                .write(path: "f", offset: 500, bytes: [UInt8](repeating: 7, count: 1000)),
            ])
            disk.crash(tearing: &random)
            let bytes = try disk.read("f", offset: 0, count: 4096)
            #expect(bytes.count == 2048)
            let parts = [500..<512, 512..<1024, 1024..<1500].map { Set(bytes[$0]) }
            #expect(parts.allSatisfy { $0.count == 1 }, "seed \(seed): a sector is torn")
            #expect(bytes[..<500].allSatisfy { $0 == 0 } && bytes[1500...].allSatisfy { $0 == 0 })
            outcomes.insert(parts.map { $0.contains(7) })
        }
        #expect(outcomes.count == 8, "every subset of three sectors occurs")
    }

    @Test func aRottenBitStays() throws {
        var disk = disk(synced)
        disk.flipBit(of: "raft_log/a", at: 1, bit: 7)
        for _ in 0..<2 {
            #expect(try disk.read("raft_log/a", offset: 0, count: 9) == [1, 130, 3])
            disk.crash()
        }
        #expect(disk.paths == ["raft_log/a"] && disk.durableSize(of: "raft_log/a") == 3)
    }

    @Test func whatAFailedSyncLostNoLaterOneBringsBack() throws {
        var disk = disk(synced + [.write(path: "raft_log/a", offset: 1, bytes: [9])])
        disk.failSync(of: "raft_log/a")
        disk.perform([.write(path: "raft_log/a", offset: 2, bytes: [8]), .sync(path: "raft_log/a")])
        #expect(try disk.read("raft_log/a", offset: 0, count: 9) == [1, 9, 8])
        disk.crash()
        #expect(try disk.read("raft_log/a", offset: 0, count: 9) == [1, 2, 8])
    }
}
