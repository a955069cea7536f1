import Foundation

/// The checkout that these tests judge, found from the place of this very file.
enum Repository {
    static let root: URL = {
        var directory = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: directory.appending(path: "Package.swift").path) {
            precondition(directory.path != "/", "no Package.swift above \(#filePath)")
            directory.deleteLastPathComponent()
        }
        return directory
    }()

    /// The folder of the release programs, given by `scripts/test`; nil when only the sources are judged.
    static let programs = ProcessInfo.processInfo.environment["RAFTD_BIN_DIR"].map { URL(filePath: $0) }

    /// The names in a folder, sorted, hidden ones left out. A folder that does not exist is empty.
    static func names(in folder: String) throws -> [String] {
        let path = root.appending(path: folder).path
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// All files below a folder whose names end in one of `extensions`, sorted by path.
    static func files(under folder: String, extensions: Set<String>) throws -> [RepositoryFile] {
        try names(in: folder).flatMap { name -> [RepositoryFile] in
            let path = "\(folder)/\(name)"
            if isDirectory(path) { return try files(under: path, extensions: extensions) }
            return extensions.contains(URL(filePath: name).pathExtension) ? [try RepositoryFile(path: path)] : []
        }
    }

    /// The Markdown a reader meets: at the root and under `docs`.
    static func documents() throws -> [RepositoryFile] {
        try names(in: ".").filter { $0.hasSuffix(".md") }.map(RepositoryFile.init(path:))
            + files(under: "docs", extensions: ["md"])
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(
            atPath: root.appending(path: path).path, isDirectory: &isDirectory)
        return exists && isDirectory.boolValue
    }
}

/// A text file of the repository; `path` is relative to the root.
struct RepositoryFile {
    let path: String
    let text: String

    init(path: String) throws {
        self.path = path
        text = try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
    }

    /// As written, without line ends; line `n` is at `n - 1`.
    var lines: [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// For a file below `Sources` or `Tests`: the name of its target.
    var target: String { String(path.split(separator: "/")[1]) }
}
