import Foundation
import Testing

@testable import Node

/// A new folder, removed with everything in it when the value goes.
final class TemporaryFolder {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "raftd-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.path
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
    }

    func at(_ name: String) -> String { "\(path)/\(name)" }

    func contents(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: at(name))))
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: at(name)))
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    /// The permission bits of a file.
    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: at(name))
        return try #require(attributes[.posixPermissions] as? Int)
    }
}
