import Foundation
import Raft
import Testing

@testable import Storage

@Suite struct FileDirectoryImageTests {
    let folder: TemporaryFolder
    let image: FileDirectoryImage

    init() throws {
        folder = try TemporaryFolder()
        image = FileDirectoryImage(directory: folder.path)
        try FileManager.default.createDirectory(atPath: folder.at("logs"), withIntermediateDirectories: false)
        try folder.write("0123456789", to: "logs/b")
        try folder.write("", to: "logs/a")
    }

    @Test func namesAreSortedAndNoneWhereThereIsNothing() throws {
        #expect(try image.names(in: "logs") == ["a", "b"])
        #expect(try image.names(in: "") == ["logs"])
        #expect(try image.names(in: "missing") == [])
    }

    @Test func sizes() throws {
        #expect(try image.size(of: "logs/b") == 10)
        #expect(try image.size(of: "logs/a") == 0)
        #expect(try image.size(of: "logs/c") == nil)
        #expect(throws: DiskReadFailure.self) { try image.size(of: "logs") }
    }

    @Test(arguments: [(0, 10, "0123456789"), (3, 4, "3456"), (8, 5, "89"), (10, 1, ""), (50, 1, ""), (2, 0, "")])
    func readsEndWithTheFile(offset: UInt64, count: Int, text: String) throws {
        #expect(try image.read("logs/b", offset: offset, count: count) == Array(text.utf8))
    }

    @Test func whatCannotBeReadIsNamed() throws {
        do {
            _ = try image.read("logs", offset: 0, count: 1)
            Issue.record("a directory was read")
        } catch {
            #expect(error.description == "\(folder.at("logs")): read: is a directory (EISDIR)")
        }
    }

    /// What the executor writes, the image reads.
    @Test func readsBackWhatTheExecutorWrote() throws {
        let format = FormatFile(nodeID: "n1", instance: .random(), clusterID: .none)
        _ = try DiskExecutor(directory: folder.path, keepsFilesOpen: false).perform(format.operations()).get()
        let size = try #require(try image.size(of: FormatFile.path))
        #expect(try FormatFile.decode(try image.read(FormatFile.path, offset: 0, count: Int(size))) == format)
    }
}
