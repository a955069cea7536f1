import Testing

/// Which target may import what: `docs/ARCHITECTURE.md` tells why.
@Suite struct ModuleRules {
    /// One line a folder under `Sources`. The pure ones name neither Glibc nor Foundation: they cannot do I/O.
    static let allowedImports: [String: Set<String>] = [
        "Bytes": [],
        "Raft": ["Bytes"],
        "StateMachine": ["Bytes", "Raft"],
        "Replica": ["Bytes", "Raft", "StateMachine"],
        "HTTP": [],
        "Documents": ["Bytes", "StateMachine"],
        "MCP": ["Bytes", "StateMachine", "HTTP", "Documents"],
        "History": ["Bytes"],
        "CLibUV": [],
        "Reactor": ["Bytes", "CLibUV", "Glibc", "Synchronization"],
        "Transport": ["HTTP", "Reactor", "Glibc"],
        "Storage": ["Raft", "StateMachine", "Glibc", "Synchronization"],
        "Node": [
            "Bytes", "Raft", "StateMachine", "Replica", "HTTP", "Reactor", "Transport", "Storage", "ArgumentParser",
            "Logging", "Glibc", "Synchronization", "Documents", "MCP",
        ],
        "raftd": ["Node"],
        "raftctl": [
            "Bytes", "HTTP", "Reactor", "Transport", "Raft", "StateMachine", "Storage", "ArgumentParser", "Glibc",
        ],
        "Simulation": ["Bytes", "Raft", "StateMachine", "Replica", "History"],
        "raftsim": ["Simulation", "Glibc"],
    ]

    @Test func everyTargetHasARule() throws {
        let targets = try Repository.names(in: "Sources")
        #expect(!targets.isEmpty)
        #expect(targets.filter { Self.allowedImports[$0] == nil } == [])
    }

    @Test func targetsImportOnlyWhatTheyMay() throws {
        try expectNoViolation { file, code in
            let allowed = Self.allowedImports[file.target] ?? []
            return code.imports.filter { !allowed.contains($0.value.module) }
                .map { ($0.line, "\(file.target) may not import \($0.value.module)") }
        }
    }

    @Test func foundationIsNowhereInTheSources() throws {
        try expectNoViolation { _, code in
            code.imports.filter { $0.value.module.hasPrefix("Foundation") }.map { ($0.line, "imports Foundation") }
        }
    }

    /// With imports internal by default the compiler keeps libuv's types out of `package` declarations, unless the
    /// import itself is opened.
    @Test func libuvIsImportedByTheReactorAloneAndNeverPassedOn() throws {
        try expectNoViolation { file, code in
            code.imports.filter { $0.value.module == "CLibUV" }.compactMap { line, value in
                if file.target != "Reactor" { return (line, "only Reactor may import CLibUV") }
                let isOpened = value.modifiers.contains { ["package", "public", "@_exported"].contains($0) }
                return isOpened ? (line, "CLibUV may not be imported for others") : nil
            }
        }
    }

    @Test func theReactorsDeclarationsDoNotNameLibuv() throws {
        try expectNoViolation { file, code in
            guard file.target == "Reactor" else { return [] }
            return packageSignatures(in: code).filter { $0.text.contains("uv_") }
                .map { ($0.line, "a package declaration names libuv: \($0.text)") }
        }
    }

    /// Each `package` declaration up to its body, put together when its parameters take several lines.
    private func packageSignatures(in code: SwiftCode) -> [(line: Int, text: String)] {
        code.lines.indices.filter { index in
            let words = code.lines[index].split(separator: " ")
            return words.contains("package") && !words.contains("import")
        }.map { start in
            var text = ""
            for line in code.lines[start...] {
                text += line.prefix { $0 != "{" }
                let isClosed = text.count(where: { $0 == "(" }) <= text.count(where: { $0 == ")" })
                if line.contains("{") || isClosed { break }
            }
            return (line: start + 1, text: text)
        }
    }
}

/// Judges every Swift file under `Sources` and reports all violations as `path:line: what`.
func expectNoViolation(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ violations: (RepositoryFile, SwiftCode) -> [(line: Int, what: String)]
) throws {
    let sources = try Sources.all.get()
    #expect(!sources.isEmpty, sourceLocation: sourceLocation)
    let found = sources.flatMap { file, code in
        violations(file, code).map { "\(file.path):\($0.line): \($0.what)" }
    }
    #expect(found.isEmpty, "\(found.joined(separator: "\n"))", sourceLocation: sourceLocation)
}

/// Every Swift file under `Sources`, read once for all rules.
private enum Sources {
    static let all = Result {
        try Repository.files(under: "Sources", extensions: ["swift"]).map { (file: $0, code: SwiftCode($0.text)) }
    }
}
