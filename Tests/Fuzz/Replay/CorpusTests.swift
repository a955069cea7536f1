import Foundation
import Fuzzing
import Testing

/// Every input that fuzzing found worth keeping, shown to what it was found for. `scripts/fuzz` looks for others.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus")

    @Test(arguments: FuzzTarget.all.map(\.name)) func inputsKeepTheirPromises(target name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let folder = Self.folder.appending(path: name)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(!files.isEmpty, "\(name) has no inputs")
        for file in files {
            let input = [UInt8](try Data(contentsOf: folder.appending(path: file)))
            #expect(throws: Never.self, "Tests/Fuzz/Corpus/\(name)/\(file)") { try target.run(input) }
        }
    }

    @Test func everyFolderHasATarget() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(folders.filter { FuzzTarget.named($0) == nil } == [])
    }
}
