/// Swift source with its comments and the text of its string literals taken out, so that rules judge code only.
///
/// Line numbers stay. A literal leaves its quotes; code in an interpolation is kept. Regex literals are not known.
struct SwiftCode {
    /// Line `n` of the source is at `n - 1`.
    let lines: [String]

    init(_ source: String) {
        var scanner = CodeScanner(source: Array(source.utf8))
        lines = String(decoding: scanner.scan(), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var imports: [(line: Int, value: ImportDeclaration)] {
        lines.enumerated().compactMap { index, line in
            ImportDeclaration(line: line).map { (line: index + 1, value: $0) }
        }
    }
}

/// One line like `package import struct Raft.LogEntry`.
struct ImportDeclaration {
    let module: String
    /// Attributes and the access level, in order.
    let modifiers: [String]

    init?(line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard let keyword = words.firstIndex(of: "import"), words.last != "import" else { return nil }
        modifiers = Array(words[..<keyword])
        let access = ["public", "package", "internal", "fileprivate", "private"]
        guard modifiers.allSatisfy({ $0.hasPrefix("@") || access.contains($0) }) else { return nil }
        let kinds = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let path = words[(keyword + 1)...].first { !kinds.contains($0) } ?? ""
        module = String(path.prefix { $0 != "." })
    }
}

/// Walks bytes of Swift; the stack holds what encloses the position, since interpolations nest code in strings in code.
private struct CodeScanner {
    private enum Context {
        case code(openParentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    private let source: [UInt8]
    private var position = 0
    private var contexts: [Context] = [.code(openParentheses: 0)]
    private var output: [UInt8] = []

    init(source: [UInt8]) { self.source = source }

    mutating func scan() -> [UInt8] {
        while position < source.count, let context = contexts.last {
            switch context {
            case .code(let openParentheses): scanCode(openParentheses)
            case .string(let hashes, let isMultiline): scanString(hashes, isMultiline)
            }
        }
        return output
    }

    private mutating func scanCode(_ openParentheses: Int) {
        guard "/\"#()".utf8.contains(source[position]) else {
            output.append(source[position])
            position += 1
            return
        }
        if starts(with: "//") { return skipLineComment() }
        if starts(with: "/*") { return skipBlockComment() }
        let hashes = source[position...].prefix { $0 == UInt8(ascii: "#") }.count
        if starts(with: "\"", at: position + hashes) { return openString(hashes) }

        let byte = source[position]
        position += 1
        switch byte {
        case UInt8(ascii: "("): contexts[contexts.count - 1] = .code(openParentheses: openParentheses + 1)
        case UInt8(ascii: ")") where openParentheses == 0 && contexts.count > 1:
            contexts.removeLast()
            return
        case UInt8(ascii: ")"): contexts[contexts.count - 1] = .code(openParentheses: max(0, openParentheses - 1))
        default: break
        }
        output.append(byte)
    }

    private mutating func openString(_ hashes: Int) {
        position += hashes
        let isMultiline = starts(with: "\"\"\"")
        position += isMultiline ? 3 : 1
        contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
        output.append(UInt8(ascii: "\""))
    }

    private mutating func scanString(_ hashes: Int, _ isMultiline: Bool) {
        guard "\"\\\n".utf8.contains(source[position]) else {
            position += 1
            return
        }
        let suffix = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + suffix
        let escape = "\\" + suffix
        if starts(with: end) {
            position += end.utf8.count
            contexts.removeLast()
            output.append(UInt8(ascii: "\""))
        } else if starts(with: escape + "(") {
            position += escape.utf8.count + 1
            contexts.append(.code(openParentheses: 0))
        } else if starts(with: escape), !starts(with: "\n", at: position + escape.utf8.count) {
            position += escape.utf8.count + 1
        } else {
            if source[position] == UInt8(ascii: "\n") { output.append(source[position]) }
            position += 1
        }
    }

    private mutating func skipLineComment() {
        while position < source.count, source[position] != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                position += 2
            } else if starts(with: "*/") {
                depth -= 1
                position += 2
            } else {
                if source[position] == UInt8(ascii: "\n") { output.append(source[position]) }
                position += 1
            }
        } while depth > 0 && position < source.count
    }

    private func starts(with text: String, at offset: Int? = nil) -> Bool {
        source[min(offset ?? position, source.count)...].starts(with: text.utf8)
    }
}
