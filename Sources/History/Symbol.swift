/// A key, a value, a prefix or a node's name of a history: equal when the bytes are. ``SymbolTable`` knows the bytes.
package struct Symbol: Hashable, Sendable {
    let number: Int32
}

/// The strings of a history, each kept once: histories repeat them by the million.
package struct SymbolTable: Sendable {
    private var texts: [[UInt8]] = []
    /// Looked up, never iterated.
    private var numbers: [[UInt8]: Int32] = [:]

    package init() {}

    /// How many there are: their numbers are those below.
    package var count: Int { texts.count }

    /// The symbol for these bytes, a new one if they were not seen yet.
    package mutating func intern(_ bytes: [UInt8]) -> Symbol {
        if let number = numbers[bytes] { return Symbol(number: number) }
        let number = Int32(texts.count)
        texts.append(bytes)
        numbers[bytes] = number
        return Symbol(number: number)
    }

    /// The symbol for this text, a new one if it was not seen yet.
    package mutating func intern(_ text: String) -> Symbol { intern(Array(text.utf8)) }

    package subscript(symbol: Symbol) -> [UInt8] { texts[Int(symbol.number)] }

    /// How it looks to a person: quoted, cut after 60 bytes.
    package func describe(_ symbol: Symbol) -> String {
        let bytes = self[symbol]
        return "\"\(String(decoding: bytes.prefix(60), as: UTF8.self))\"" + (bytes.count > 60 ? "…" : "")
    }
}
