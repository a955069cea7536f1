package import Bytes
package import StateMachine

/// Which members of the entries of a session log are shown.
package struct SessionFields: Sendable {
    package enum Field: String, CaseIterable, Sendable {
        case index
        case inputHeap = "input_heap"
        case outputHeap = "output_heap"
        case outputFS = "output_fs"
        case code
        case timestamp
    }

    package static let all = SessionFields(fields: Field.allCases)

    /// In the order in which they are written.
    private let fields: [Field]

    private init(fields: [Field]) { self.fields = fields }

    /// Reads `index,code`.
    /// - Throws: when a name is none of a field.
    package init(list: [UInt8]) throws(ArgumentFailure) {
        var chosen: [Field] = []
        for part in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let name = String(decoding: part, as: UTF8.self).filter { $0 != " " }
            guard let field = Field(rawValue: name) else {
                let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
                throw ArgumentFailure("fields", "names `\(name)`; there are \(known)")
            }
            chosen.append(field)
        }
        self.init(fields: Field.allCases.filter { chosen.contains($0) })
    }

    /// Writes the entry as an object of these members.
    package func write(_ logged: LoggedSessionEntry, to json: inout JSONWriter) {
        json.beginObject()
        for field in fields {
            let entry = logged.entry
            switch field {
            case .index: json.pair(field.rawValue, logged.index)
            case .inputHeap: json.pair(field.rawValue, optional: entry.inputHeap)
            case .outputHeap: json.pair(field.rawValue, utf8: entry.outputHeap)
            case .outputFS: json.pair(field.rawValue, optional: entry.outputFS)
            case .code: json.pair(field.rawValue, utf8: entry.code)
            case .timestamp: json.pair(field.rawValue, UTCTime.text(milliseconds: logged.timestamp))
            }
        }
        json.endObject()
    }
}
