import Foundation
import Testing

@testable import History

/// Histories that are known to be good or bad, each a file that says why.
@Suite struct FolderTests {
    @Test(arguments: try Histories.names(in: "good"))
    func goodHistoriesAreAccepted(name: String) throws {
        let (history, _) = try Histories.read("good/\(name)")
        #expect(Judges.rejecting(history) == [:])
        #expect(history.verdict().description.hasPrefix("clean: \(history.operations.count) operations"))
    }

    /// Each is rejected by those that it says, and by no other.
    @Test(arguments: try Histories.names(in: "bad"))
    func badHistoriesAreRejected(name: String) throws {
        let (history, judges) = try Histories.read("bad/\(name)")
        let violations = Judges.rejecting(history)
        #expect(violations.keys.sorted() == judges, "\(violations)")
        for violation in violations.values {
            #expect(!violation.lines.isEmpty)
            #expect(violation.lines.allSatisfy { line in history.operations.contains { $0.line == line } })
        }
        guard case .violation = history.verdict() else {
            Issue.record("the verdict is \(history.verdict())")
            return
        }
    }

    @Test func thereAreEnoughOfThem() throws {
        #expect(try Histories.names(in: "bad").count >= 25)
        #expect(try Histories.names(in: "good").count >= 15)
    }
}

/// The checkers, each by itself.
enum Judges {
    /// Who rejects a history, by name. What the attempts under one key contradict is not asked of the others.
    static func rejecting(_ history: History) -> [String: HistoryViolation] {
        var violations: [String: HistoryViolation] = [:]
        do throws(HistoryViolation) {
            let operations = try history.effectiveOperations()
            do throws(HistoryViolation) {
                _ = try LinearizabilityChecker(history.symbols, operations).check()
            } catch {
                violations["linearizability"] = error
            }
            do throws(HistoryViolation) {
                let refused = history.operations.filter { $0.result == .refused }
                var checker = StoreChecker(history.symbols, operations, refused: refused)
                try checker.check()
            } catch {
                violations["store"] = error
            }
            do throws(HistoryViolation) {
                _ = try SessionChecker(history.symbols, operations).check()
            } catch {
                violations["sessions"] = error
            }
            do throws(HistoryViolation) {
                _ = try HeapChecker(history.symbols, operations).check()
            } catch {
                violations["heaps"] = error
            }
            do throws(HistoryViolation) {
                try RevisionCheck(operations).check()
            } catch {
                violations["revisions"] = error
            }
        } catch {
            violations["retries"] = error
        }
        return violations
    }
}

/// The folder of histories beside this file.
enum Histories {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Histories")

    static func names(in part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: part).path).sorted()
    }

    /// A history, and who is to reject it.
    static func read(_ path: String) throws -> (History, judges: [String]) {
        let bytes = try Data(contentsOf: folder.appending(path: path))
        let mark = "# rejected by: "
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(mark) }
        let judges = line?.dropFirst(mark.count).split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        return (try HistoryReader.read(Array(bytes)), judges.sorted())
    }
}
