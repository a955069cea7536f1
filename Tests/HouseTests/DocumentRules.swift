import Foundation
import Testing

/// What is written beside the sources stays true: links lead somewhere, scripts explain themselves.
@Suite struct DocumentRules {
    @Test func relativeLinksLeadSomewhere() throws {
        let documents = try Repository.documents()
        #expect(!documents.isEmpty)
        let broken = try documents.flatMap { document in
            try links(in: document).filter { try !leadsSomewhere($0.target, from: document) }
                .map { "\(document.path):\($0.line): \($0.target)" }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    private func links(in document: RepositoryFile) -> [(line: Int, target: String)] {
        prose(of: document).flatMap { number, line in
            line.components(separatedBy: "](").dropFirst().map { (number, String($0.prefix { $0 != ")" })) }
        }
        .filter { !$0.1.hasPrefix("https://") && !$0.1.hasPrefix("http://") }
    }

    /// The lines outside fenced code, numbered.
    private func prose(of document: RepositoryFile) -> [(Int, String)] {
        var isFenced = false
        return document.lines.enumerated().compactMap { index, line in
            if line.hasPrefix("```") { isFenced.toggle() }
            return isFenced ? nil : (index + 1, line)
        }
    }

    private func leadsSomewhere(_ target: String, from document: RepositoryFile) throws -> Bool {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let folder = URL(filePath: "/" + document.path).deletingLastPathComponent()
        let absolute = parts[0].isEmpty ? "/" + document.path : folder.appending(path: parts[0]).standardized.path
        let path = String(absolute.dropFirst())
        guard Repository.exists(path) else { return false }
        guard parts.count == 2 else { return true }
        return prose(of: try RepositoryFile(path: path)).contains {
            $0.1.hasPrefix("#") && anchor(of: $0.1) == parts[1]
        }
    }

    /// The fragment that a Markdown heading gets: lower case, spaces to hyphens, punctuation dropped.
    private func anchor(of heading: String) -> String {
        heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
            .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
            .replacing(" ", with: "-")
    }

    @Test func theMapNamesEveryTargetAndDecision() throws {
        let map = try RepositoryFile(path: "docs/ARCHITECTURE.md").text
        #expect(try Repository.names(in: "Sources").filter { !map.contains("`\($0)`") } == [])
        #expect(try Repository.names(in: "docs/decisions").filter { !map.contains("(decisions/\($0))") } == [])
    }

    @Test func decisionsAreNumberedWithoutGaps() throws {
        let decisions = try Repository.files(under: "docs/decisions", extensions: ["md"])
        for (index, decision) in decisions.enumerated() {
            let number = "0000\(index + 1)".suffix(4)
            #expect(decision.path.hasPrefix("docs/decisions/\(number)-"))
            #expect(decision.lines.first?.hasPrefix("# \(number). ") == true, "\(decision.path)")
        }
    }

    @Test func scriptsRunAndExplainThemselves() throws {
        for name in try Repository.names(in: "scripts") where !Repository.isDirectory("scripts/\(name)") {
            let script = try RepositoryFile(path: "scripts/\(name)")
            let path = Repository.root.appending(path: script.path).path
            #expect(FileManager.default.isExecutableFile(atPath: path), "\(script.path) is not executable")
            #expect(script.text.hasPrefix("#!/usr/bin/env "), "\(script.path) does not name its interpreter")
            let head = script.lines.prefix(20)
            #expect(
                head.contains { $0.contains("Usage: scripts/\(name)") },
                "\(script.path) has no 'Usage: scripts/\(name)'")
        }
    }
}
