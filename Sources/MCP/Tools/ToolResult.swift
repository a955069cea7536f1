import Bytes
import Documents
import StateMachine

/// `tools/call`: how an answer looks, as text and as structured content that say the same.
struct ToolResult: Sendable {
    let tool: Tool
    let revision: ProtocolRevision
    let server: Implementation
    var fields = SessionFields.all

    func showing(_ fields: SessionFields) -> ToolResult {
        var result = self
        result.fields = fields
        return result
    }

    // MARK: Reads

    func reply(to answer: ReadAnswer) -> Reply {
        switch answer {
        case .session(.names(let names, let next)):
            done { json in
                json.list("sessions", utf8: names)
                if let next { json.pair("next_cursor", Cursor.encode(next)) }
            }
        case .session(.entries(let entries, let next)):
            done { json in
                json.list("entries", entries: entries, showing: fields)
                if let next { json.pair("next_cursor", String(next)) }
            }
        case .heap(.tags(let tags)): done { $0.pair("tags", tags) }
        case .heap(.heaps(let heaps, let next)):
            done { json in
                json.list("results", heaps: heaps)
                if let next { json.pair("next_cursor", Cursor.encode(next)) }
            }
        case .session(.latest), .session(.tail): .error(.unrelatedAnswer)
        }
    }

    // MARK: Writes

    func reply(to answer: WriteAnswer) -> Reply {
        switch answer {
        case .unknown(let reason):
            failed(
                """
                It is not known whether this happened: \(reason). Call again with the same arguments and the same \
                idempotency_key; without a key, read first what is there.
                """)
        case .outcome(.session(let outcome)): reply(to: outcome)
        case .outcome(.heap(let outcome)): reply(to: outcome)
        case .outcome(.superseded):
            failed("It is not known whether this happened: an earlier copy was answered already. Read what is there.")
        case .outcome(.keyReused):
            failed(
                "This idempotency_key was used for another call within ten minutes. Nothing was done; take a new key.")
        case .outcome(.retryTableFull):
            failed("Too many idempotency keys are kept now. Nothing was done; try again in a minute.")
        case .outcome(.invalid(let reason)): failed("Nothing was done: \(reason).")
        case .outcome: .error(.unrelatedAnswer)
        }
    }

    private func reply(to outcome: SessionOutcome) -> Reply {
        switch outcome {
        case .appended(let index, let revision):
            done { json in
                json.pair("index", index)
                json.pair("revision", revision)
            }
        case .headMismatch(let head):
            failed(
                """
                Nothing was appended: \(head.map { "the latest entry's output_heap is `\(String(decoding: $0, as: UTF8.self))`" } ?? "the session is empty"). \
                Somebody else went on first. Read the session with list_session_snapshots, then go on from its latest heap or fork the session.
                """)
        case .forked: done { $0.pair("outcome", "forked") }
        case .targetExists: done { $0.pair("outcome", "target_exists") }
        case .sourceEmpty: done { $0.pair("outcome", "source_empty") }
        case .trimmed, .deleted: .error(.unrelatedAnswer)
        }
    }

    private func reply(to outcome: HeapOutcome) -> Reply {
        switch (outcome, tool) {
        case (.tooMany, _): failed("Nothing was changed: this \(TagArguments.tooMany). Delete some first.")
        case (.tags(let tags, _), .mergeHeapTags): done { $0.pair("tags", tags) }
        case (.tags, _), (.cleared, _): done { $0.pair("ok", true) }
        }
    }

    // MARK: Text

    private func done(_ write: (inout JSONWriter) -> Void) -> Reply {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        write(&json)
        json.endObject()
        return .result(content(json.bytes, structured: json.bytes, isError: false))
    }

    /// The tool has failed: what a model reads, and what it should do next.
    func failed(_ text: String) -> Reply { .result(content(Array(text.utf8), structured: nil, isError: true)) }

    private func content(_ text: [UInt8], structured: [UInt8]?, isError: Bool) -> [UInt8] {
        ResultText.object(revision, server) { json in
            json.key("content")
            json.beginArray()
            json.beginObject()
            json.pair("type", "text")
            json.pair("text", utf8: text)
            json.endObject()
            json.endArray()
            if let structured, revision >= .june2025 {
                json.key("structuredContent")
                json.value(json: structured)
            }
            json.pair("isError", isError)
        }
    }
}
