import Foundation
import Glibc
import Testing

/// Everything that starts real processes, one test after the other. Only runs where the programs are: see `scripts/test`.
@Suite(.serialized, .enabled(if: Programs.folder != nil, "RAFTD_BIN_DIR names no folder with the programs"))
struct ProcessTests {}

/// The programs under test and the checkout they belong to.
enum Programs {
    /// Absolute.
    static let folder = ProcessInfo.processInfo.environment["RAFTD_BIN_DIR"].map { URL(filePath: $0).standardized.path }

    static var raftd: String { (folder ?? "") + "/raftd" }
    static var raftctl: String { (folder ?? "") + "/raftctl" }
    static var raftsim: String { (folder ?? "") + "/raftsim" }

    static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path
}

/// What made a test impossible to go on with.
struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again and again until `condition` holds; for what cannot be waited for otherwise.
func eventually(_ what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
        if try condition() { return }
        usleep(10_000)
    }
    throw TestFailure("waited \(seconds) s in vain for \(what)")
}

/// A folder of the test's own, removed by `remove()`.
struct ScratchFolder {
    let path: String

    init() throws {
        var template = Array(("/tmp/raftd-test-" + String(repeating: "X", count: 6)).utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(String(cString: strerror(errno)))") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("\(path) cannot be removed: \(error)")
        }
    }
}
