import Foundation
import Raft
import Testing

@testable import Storage

@Suite struct DiskExecutorTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @discardableResult
    private func perform(_ operations: [DiskOperation], keepsFilesOpen: Bool = false) throws -> DiskTimings {
        try DiskExecutor(directory: folder.path, keepsFilesOpen: keepsFilesOpen).perform(operations).get()
    }

    @Test func whatIsWrittenStandsInTheFile() throws {
        let timings = try perform([
            .create(path: "a"), .write(path: "a", offset: 2, bytes: [3, 4]),
            .write(path: "a", offset: 0, bytes: [1, 2]),
            .sync(path: "a"), .syncDirectory(path: ""),
        ])
        #expect(try folder.contents("a") == [1, 2, 3, 4])
        #expect(try folder.mode("a") == 0o600)
        #expect(timings.bytesWritten == 4)
        #expect(timings.syncNanoseconds.count == 1)
    }

    /// More than one call takes, an empty one and a gap among them.
    @Test func adjacentWritesAreGathered() throws {
        var operations: [DiskOperation] = [.create(path: "a")]
        var expected: [UInt8] = []
        for number in 0..<40 {
            let bytes = [UInt8](repeating: UInt8(number), count: number == 7 ? 0 : 1000 + number)
            if number == 20 { expected += [0, 0, 0] }
            operations.append(.write(path: "a", offset: UInt64(expected.count), bytes: bytes))
            expected += bytes
        }
        try perform(operations)
        #expect(try folder.contents("a") == expected)
    }

    /// The later of two writes to one place counts, and writes to two files do not mix.
    @Test func theOrderIsKept() throws {
        try perform([
            .create(path: "a"), .create(path: "b"), .write(path: "a", offset: 0, bytes: [1, 1]),
            .write(path: "b", offset: 2, bytes: [9]), .write(path: "a", offset: 1, bytes: [2, 2]),
            .truncate(path: "b", size: 1), .write(path: "a", offset: 0, bytes: [3]),
        ])
        #expect(try folder.contents("a") == [3, 2, 2])
        #expect(try folder.contents("b") == [0])
    }

    @Test func zerosAreWrittenInSlices() throws {
        let count = DiskJobExecution.sliceSize * 2 + 5
        let timings = try perform([
            .create(path: "a"), .writeZeros(path: "a", offset: 1, count: count), .sync(path: "a"),
        ])
        #expect(try folder.contents("a") == [UInt8](repeating: 0, count: Int(count) + 1))
        #expect(timings.syncNanoseconds.count == 3)
        #expect(timings.bytesWritten == count)
    }

    /// A file that stays open is not written to under a name that now belongs to another.
    @Test func aRenamedFileIsOpenedAnew() throws {
        let executor = try DiskExecutor(directory: folder.path, keepsFilesOpen: true)
        let jobs: [[DiskOperation]] = [
            [.create(path: "old"), .create(path: "new"), .write(path: "old", offset: 0, bytes: [1])],
            [.write(path: "new", offset: 0, bytes: [2]), .rename(from: "new", to: "old")],
            [
                .write(path: "old", offset: 1, bytes: [3]), .create(path: "new"),
                .write(path: "new", offset: 0, bytes: [4]),
            ],
            [.remove(path: "new"), .create(path: "new"), .write(path: "new", offset: 0, bytes: [5])],
        ]
        for job in jobs { _ = try executor.perform(job).get() }
        #expect(try folder.contents("old") == [2, 3])
        #expect(try folder.contents("new") == [5])
    }

    /// The way of a segment: made by one class of jobs, named and filled by another.
    @Test func oneExecutorGoesOnWithWhatAnotherMade() throws {
        let preparation = try DiskExecutor(directory: folder.path, keepsFilesOpen: false)
        let log = try DiskExecutor(directory: folder.path, keepsFilesOpen: true)
        for round in UInt8(1)...6 {
            _ = try preparation.perform([.create(path: "p"), .writeZeros(path: "p", offset: 0, count: 4)]).get()
            _ = try log.perform([.write(path: "p", offset: 0, bytes: [round]), .rename(from: "p", to: "s\(round)")])
                .get()
            _ = try log.perform([.write(path: "s\(round)", offset: 1, bytes: [round]), .sync(path: "s\(round)")]).get()
        }
        for round in UInt8(1)...6 { #expect(try folder.contents("s\(round)") == [round, round, 0, 0]) }
    }

    @Test func noMoreThanAFewFilesStayOpen() throws {
        let executor = try DiskExecutor(directory: folder.path, keepsFilesOpen: true)
        for number in 0..<50 {
            _ = try executor.perform([.create(path: "\(number)"), .sync(path: "\(number)")]).get()
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { descriptor in
            let target = readLink("/proc/self/fd/\(descriptor)")
            return target?.hasPrefix("\(folder.path)/") ?? false
        }
        #expect(open.count == 4)
    }

    private func readLink(_ path: String) -> String? {
        // discarded: the descriptor may have been closed since it was listed
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    // MARK: - Failures

    private struct UnexpectedSuccess: Error {}

    private func failure(_ operations: [DiskOperation], in directory: String? = nil) throws -> DiskFailure {
        let executor = try DiskExecutor(directory: directory ?? folder.path, keepsFilesOpen: false)
        switch executor.perform(operations) {
        case .done: throw UnexpectedSuccess()
        case .stalled(let failure, _), .failed(let failure): return failure
        }
    }

    @Test func aFullDiskIsToldWithItsFile() throws {
        let failure = try failure([.write(path: "full", offset: 7, bytes: [1])], in: "/dev")
        #expect(failure == DiskFailure(operation: "write at offset 7 of", path: "/dev/full", code: ENOSPC))
        #expect(failure.isOutOfSpace)
        #expect(failure.description == "write at offset 7 of /dev/full: no space left on device (ENOSPC)")
    }

    /// What is done is not done again when the rest is tried a second time.
    @Test func aFullDiskStallsTheJobWhereItIs() throws {
        let executor = try DiskExecutor(directory: "/dev", keepsFilesOpen: false)
        let first = [
            DiskOperation.write(path: "null", offset: 0, bytes: [1]), .write(path: "null", offset: 9, bytes: [2]),
        ]
        // The two continue each other: what the system took of the first is not counted.
        let full = [
            DiskOperation.write(path: "full", offset: 0, bytes: [1]), .write(path: "full", offset: 1, bytes: [2]),
        ]
        let failure = DiskFailure(operation: "write at offset 0 of", path: "/dev/full", code: ENOSPC)
        #expect(executor.perform(first + full) == .stalled(failure, completed: 2))
        #expect(executor.perform(full) == .stalled(failure, completed: 0))
        #expect(try executor.perform(first).get().bytesWritten == 2)
    }

    /// Nothing is synced a second time: not this file, and no other.
    @Test func afterAFailedSyncNothingIsDone() throws {
        let executor = try DiskExecutor(directory: "/dev", keepsFilesOpen: true)
        let expected = DiskFailure(operation: "sync", path: "/dev/null", code: EINVAL)
        for operations in [[DiskOperation.sync(path: "null")], [.write(path: "null", offset: 0, bytes: [1])]] {
            #expect(executor.perform(operations) == .failed(expected))
        }
    }

    @Test func whatFailsEndsTheJobThere() throws {
        let failure = try failure([
            .create(path: "a"), .write(path: "missing", offset: 0, bytes: [1]), .create(path: "b"),
        ])
        #expect(failure == DiskFailure(operation: "open", path: folder.at("missing"), code: ENOENT))
        #expect(try folder.names() == ["a"])
    }

    @Test func afterAnotherFailureTheNextJobIsDone() throws {
        let executor = try DiskExecutor(directory: folder.path, keepsFilesOpen: true)
        #expect(throws: DiskFailure.self) { try executor.perform([.remove(path: "missing")]).get() }
        _ = try executor.perform([.create(path: "a")]).get()
        #expect(try folder.names() == ["a"])
    }

    @Test func whatExistsIsNotMadeAgain() throws {
        try folder.write("x", to: "a")
        let failure = try failure([.create(path: "a")])
        #expect(failure == DiskFailure(operation: "open", path: folder.at("a"), code: EEXIST))
        #expect(try folder.contents("a") == Array("x".utf8))
    }

    @Test func linksAreNotFollowed() throws {
        try folder.write("x", to: "target")
        try FileManager.default.createSymbolicLink(atPath: folder.at("link"), withDestinationPath: folder.at("target"))
        let failure = try failure([.write(path: "link", offset: 0, bytes: [1])])
        #expect(failure.code == ELOOP)
        #expect(try folder.contents("target") == Array("x".utf8))
    }
}
