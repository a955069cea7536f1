import Foundation
import Testing

/// Each script under `Tests/RaftTests/Scripts` prints what it holds. `RAFTD_REWRITE=1` renews what they hold.
@Suite struct EngineScriptTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Scripts")

    private static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test func thereAreScripts() throws {
        #expect(try Self.names().count >= 10)
    }

    @Test(arguments: try Self.names())
    func printsWhatItHolds(name: String) throws {
        let file = Self.folder.appending(path: name)
        let expected = try String(contentsOf: file, encoding: .utf8)
        let printed = try EngineScript.run(expected)
        if ProcessInfo.processInfo.environment["RAFTD_REWRITE"] == "1" {
            try printed.write(to: file, atomically: true, encoding: .utf8)
        } else {
            let difference = Self.firstDifference(expected, printed)
            #expect(difference == nil, "\(name): \(difference ?? "")")
        }
    }

    private static func firstDifference(_ expected: String, _ printed: String) -> String? {
        if expected == printed { return nil }
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let new = printed.split(separator: "\n", omittingEmptySubsequences: false)
        let line =
            zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
        return "line \(line + 1)\nheld:    \(line < old.count ? old[line] : "nothing")"
            + "\nprinted: \(line < new.count ? new[line] : "nothing")\n\nRAFTD_REWRITE=1 renews it."
    }
}
