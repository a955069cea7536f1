import Testing

/// How the sources under `Sources` are written, as far as neither the compiler nor the formatter can see it.
@Suite struct SourceRules {
    static let longestFile = 400

    @Test func filesAreShort() throws {
        try expectNoViolation { file, _ in
            let count = file.lines.count
            return count > Self.longestFile ? [(count, "\(count) lines; split it below \(Self.longestFile)")] : []
        }
    }

    @Test func failuresAreNotSwallowed() throws {
        try expectNoViolation(swallowedFailures)
    }

    /// `try?` and `_ =` need `// discarded: reason` beside or above them. `_ = try` passes: its failure goes on.
    private func swallowedFailures(_ file: RepositoryFile, _ code: SwiftCode) -> [(line: Int, what: String)] {
        let written = file.lines
        return code.lines.indices.compactMap { index in
            let line = code.lines[index]
            guard isDiscard(line) else { return nil }
            let isExplained = written[max(0, index - 1)...index].contains { $0.contains("// discarded: ") }
            return isExplained ? nil : (index + 1, "drops a result without '// discarded: reason'")
        }
    }

    @Test(arguments: [
        ("_ = write(bytes)", true), ("if done { _ = close() }", true), ("guard let _ = value else", true),
        ("for _ in 0..<3 {", false), ("if case .leader(_) = role {", false), ("let (_, value) = pair", false),
        ("_ = try parse(bytes)", false), ("let flags_ = 1", false),
        ("let size = try? read(path)", true), ("use(try? read())", true), ("func entry() -> LogEntry? {", false),
        ("map { _ in 0 }", false),
    ])
    func discardsAreRecognized(line: String, isDiscard expected: Bool) {
        #expect(isDiscard(line) == expected)
    }

    private func isDiscard(_ line: String) -> Bool {
        let words = line.split { " ({[,".contains($0) }
        return words.indices.contains { index in
            let following = words[(index + 1)...].prefix(2)
            return words[index] == "try?"
                || words[index] == "_" && following.first == "=" && following.last != "try"
        }
    }

    @Test func nothingIsLeftForLater() throws {
        // Put together here, so that this file does not accuse itself.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        let files =
            try Repository.files(under: "Sources", extensions: ["swift", "h"])
            + Repository.files(under: "Tests", extensions: ["swift", "py", "txt"])
            + Repository.names(in: "scripts").filter { !Repository.isDirectory("scripts/\($0)") }
            .map { try RepositoryFile(path: "scripts/\($0)") } + Repository.documents()
        let found = files.flatMap { file in
            file.lines.enumerated().filter { _, line in marks.contains { line.contains($0) } }
                .map { "\(file.path):\($0.offset + 1): \($0.element)" }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    /// Top-level code belongs to the main actor: a closure formed there dies when a worker thread runs it.
    @Test func mainFilesAreOneCall() throws {
        try expectNoViolation { file, code in
            guard file.path.hasSuffix("/main.swift") else { return [] }
            let statements = topLevelStatements(in: code)
            return statements.count > 1 ? statements.dropFirst().map { ($0, "a second statement") } : []
        }
    }

    /// The lines on which a statement other than an import begins outside all brackets.
    private func topLevelStatements(in code: SwiftCode) -> [Int] {
        var depth = 0
        var starts: [Int] = []
        for (index, line) in code.lines.enumerated() {
            let trimmed = line.drop { $0 == " " }
            let isContinued = trimmed.hasPrefix(".") || trimmed.hasPrefix(")") || trimmed.hasPrefix("}")
            if depth == 0, !trimmed.isEmpty, !isContinued, ImportDeclaration(line: line) == nil {
                starts += Array(repeating: index + 1, count: 1 + trimmed.count(where: { $0 == ";" }))
            }
            depth += line.count(where: { "([{".contains($0) }) - line.count(where: { ")]}".contains($0) })
        }
        return starts
    }
}
