import Foundation
import Testing

/// What the release programs are made of.
@Suite(.enabled(if: Repository.programs != nil, "needs the release programs: scripts/test sets RAFTD_BIN_DIR"))
struct LinkRules {
    /// Full Foundation would cost 60 MB of a static program (`docs/decisions/0008-own-json-and-http.md`).
    /// FoundationEssentials, the part without ICU, comes with ArgumentParser.
    @Test func raftdDoesNotLinkFullFoundation() throws {
        let program = try #require(Repository.programs).appending(path: "raftd")
        let needed = try sharedLibraries(of: program)
        #expect(needed.contains { $0.contains("libuv.so") }, "readelf shows no libuv: \(needed)")
        let heavy = needed.filter { $0.contains("Foundation") && !$0.contains("libFoundationEssentials.so") }
        #expect(heavy == [])

        // A static Foundation shows only in the symbols.
        let image = try Data(contentsOf: program, options: .mappedIfSafe)
        for module in ["$s10Foundation", "$s29FoundationInternationalization"] {
            #expect(image.range(of: Data(module.utf8)) == nil, "raftd has symbols of \(module)")
        }
    }

    /// The `NEEDED` entries of a program's dynamic section.
    private func sharedLibraries(of program: URL) throws -> [String] {
        let readelf = Process()
        let output = Pipe()
        readelf.executableURL = URL(filePath: "/usr/bin/readelf")
        readelf.arguments = ["--dynamic", "--wide", program.path]
        readelf.standardOutput = output
        try readelf.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        readelf.waitUntilExit()
        try #require(readelf.terminationStatus == 0, "readelf cannot read \(program.path)")
        return text.split(separator: "\n").filter { $0.contains("(NEEDED)") }.map(String.init)
    }
}
