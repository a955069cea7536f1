import Testing

/// The rules are worth what the code that reads the sources is worth.
@Suite struct SwiftCodeTests {
    @Test(arguments: [
        ("let a = 1  // try? b", "let a = 1  "),
        ("let a /* try? /* nested */ b */ = 1", "let a  = 1"),
        ("let url = \"http://host\" + tail", "let url = \"\" + tail"),
        ("log(\"a \\\"quoted\\\" // word\")", "log(\"\")"),
        ("log(\"a \\(names[\"key\"] ?? (\"b\")) c\")", "log(\"names[\"\"] ?? (\"\")\")"),
        ("let raw = #\"a \"b\" \\(c) \\#(d)\"#", "let raw = \"d\""),
        ("#if os(Linux)", "#if os(Linux)"),
    ])
    func keepsCodeOnly(source: String, code: String) {
        #expect(SwiftCode(source).lines == [code])
    }

    @Test func keepsLineNumbers() {
        let source = "a\n/* b\nc */ d\nlet e = \"\"\"\n  import F\n  \"\"\"\ng"
        #expect(SwiftCode(source).lines == ["a", "", " d", "let e = \"", "", "\"", "g"])
    }

    @Test func readsImports() {
        let code = SwiftCode(
            """
            import Bytes
            package import Raft
            @preconcurrency import struct Replica.Effects
            // import Foundation
            let important = x
            """)
        #expect(code.imports.map(\.value.module) == ["Bytes", "Raft", "Replica"])
        #expect(code.imports.map(\.line) == [1, 2, 3])
        #expect(code.imports[1].value.modifiers == ["package"])
    }
}
