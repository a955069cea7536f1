import Testing

@testable import History

/// Histories are read as they were written, and what is none is told by its line.
@Suite struct FormatTests {
    static let lines = [
        #"{"client":3,"node":"n1","start":120,"end":340,"op":{"put":{"key":"a","value":"1"}},"result":{"revision":5,"created":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":null,"idempotency_key":"x","op":{"put":{"key":"a","value":"é\n","if_absent":true}},"result":{"unknown":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"put":{"key":"a","value":"1","if_revision":7}},"result":{"failed":true,"current":null}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"delete":{"key":"a","if_revision":7}},"result":{"failed":true,"current":9}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"delete":{"key":"a","if_exists":true}},"result":{"failed":true,"current":null}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"delete":{"key":"a"}},"result":{"revision":8,"deleted":false}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"get":{"key":"a"}},"result":{"absent":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"get":{"key":"a","stale":true}},"result":{"value":"1","revision":5}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"get":{"key":"a"}},"result":{"refused":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"list":{"prefix":"","start_after":"a","limit":2}},"result":{"revision":9,"entries":[{"key":"b","value":"1","revision":5}],"more":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"txn":{"compare":[{"key":"a","value":"1"},{"key":"b","revision":2},{"key":"c","exists":false}],"then":[{"put":{"key":"a","value":"2"}},{"delete":{"key":"b"}}],"else":[{"get":{"key":"a"}},{"get":{"key":"b"}}]}},"result":{"succeeded":false,"revision":9,"results":[{"get":{"value":"1","revision":5}},{"get":null}]}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"txn":{"compare":[],"then":[{"put":{"key":"a","value":"2"}},{"delete":{"key":"b"}}],"else":[]}},"result":{"succeeded":true,"revision":9,"results":[{"put":{"created":false}},{"delete":{"deleted":true}}]}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"watch":{"prefix":"a","from_revision":4}},"result":{"events":[{"revision":5,"n":0,"key":"a","value":"1"},{"revision":8,"n":1,"key":"ab","value":null}],"until":10}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"append":{"session":"s","heap":"h","code":"x","expected_head":null}},"result":{"index":0,"revision":9}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"append":{"session":"s","heap":"h","code":"x","expected_head":"g"}},"result":{"mismatch":true,"head":null}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"append":{"session":"s","heap":"h","code":"x"}},"result":{"refused":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"fork":{"session":"s","to":"t"}},"result":{"forked":true,"revision":9}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"fork":{"session":"s","to":"t"}},"result":{"forked":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"fork":{"session":"s","to":"t"}},"result":{"target_exists":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"fork":{"session":"s","to":"t"}},"result":{"source_empty":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"trim":{"session":"s","before":4}},"result":{"revision":9,"removed":2}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"drop":{"session":"s"}},"result":{"revision":9,"deleted":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"entries":{"session":"s","start_after":3,"limit":5,"stale":true}},"result":{"entries":[{"index":4,"heap":"h","code":"x"}],"more":true}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"latest":{"session":"s"}},"result":{"entry":null}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"latest":{"session":"s","stale":true}},"result":{"entry":{"index":4,"heap":"h","code":"x"}}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"replace":{"heap":"h","tags":{"a":"1"}}},"result":{"tags":{"a":"1"},"revision":9}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"merge":{"heap":"h","tags":{"a":"1","b":null}}},"result":{"tags":{"a":"1","c":"2"}}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"clear":{"heap":"h"}},"result":{"revision":9,"deleted":false}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"tags":{"heap":"h"}},"result":{"tags":{}}}"#,
        #"{"client":3,"node":"n1","start":1,"end":2,"op":{"tags":{"heap":"h","stale":true}},"result":{"tags":{"a":"1"}}}"#,
    ]

    @Test func whatIsWrittenIsRead() throws {
        let text = Self.lines.joined(separator: "\n") + "\n"
        let history = try HistoryReader.read(Array(text.utf8))
        let written = history.operations.indices.map { String(decoding: history.line(at: $0), as: UTF8.self) }
        #expect(written.joined() == text)
    }

    @Test func filesComeInPieces() throws {
        let bytes = Array("# what this is\n\n\(Self.lines.joined(separator: "\n"))".utf8)
        let whole = try HistoryReader.read(bytes)
        #expect(whole.operations.map(\.line) == Array(3..<3 + Self.lines.count))
        for size in [1, 7, 200] {
            var reader = HistoryReader()
            for start in stride(from: 0, to: bytes.count, by: size) {
                try reader.take(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(try reader.finish().operations == whole.operations)
        }
    }

    @Test(arguments: [
        ("{", "byte"), (#"{"client":1}"#, "has no `op`"),
        (lines[0].replacing("\"client\"", with: "\"clint\""), "`clint`"),
        (lines[0].replacing("340", with: "100"), "ends before it starts"),
        (lines[0].replacing("340", with: "null"), "ends before it starts"),
        (lines[0].replacing("\"put\"", with: "\"get\""), "`value`"),
        (lines[5].replacing("\"deleted\":false", with: "\"created\":false"), "`created`"),
        (lines[10].replacing(#",{"get":null}"#, with: ""), "the result is not one of the operation"),
        (lines[11].replacing(#"{"delete":{"key":"b"}}"#, with: #"{"delete":{"key":"a"}}"#), "names a key twice"),
        (lines[8].replacing("true", with: "false"), "`refused`"),
        (lines[13].replacing("append", with: "latest"), "`heap`"),
        (lines[16].replacing("true", with: "false"), "`forked`"),
        (lines[22].replacing("\"more\"", with: "\"next\""), "`next`"),
        (lines[25].replacing("\"1\"", with: "null"), "not of texts alone"),
    ])
    func whatIsNoHistoryIsToldByItsLine(line: String, reason: String) {
        let failure = #expect(throws: HistoryFailure.self) {
            try HistoryReader.read(Array("\(Self.lines[0])\n\(line)\n".utf8))
        }
        #expect(failure?.line == 2)
        #expect(failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")")
    }
}
