import Bytes
import Documents
import StateMachine

// JSON Schema 2020-12 of what the tools take and give.

extension Tool {
    var inputSchema: JSONValue {
        let names = arguments + (isReadOnly ? [] : ["idempotency_key"])
        let properties = names.map { JSONObject.Member(key: $0, value: argumentSchema($0)) }
        var schema = JSONObject([
            .init(key: "type", value: "object"), .init(key: "properties", value: .object(JSONObject(properties))),
            .init(key: "additionalProperties", value: false),
        ])
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        return .object(schema)
    }

    var outputSchema: JSONValue {
        switch self {
        case .listSessions:
            Tool.object(
                ["sessions": ["type": "array", "items": ["type": "string"]], "next_cursor": Tool.text],
                required: ["sessions"])
        case .listSessionSnapshots:
            Tool.object(
                ["entries": ["type": "array", "items": Tool.entry], "next_cursor": Tool.text], required: ["entries"])
        case .appendSessionEntry:
            Tool.object(["index": Tool.count, "revision": Tool.count], required: ["index", "revision"])
        case .forkSession:
            Tool.object(
                ["outcome": ["type": "string", "enum": ["forked", "target_exists", "source_empty"]]],
                required: ["outcome"])
        case .getHeapTags, .mergeHeapTags: Tool.object(["tags": Tool.tags], required: ["tags"])
        case .setHeapTags, .deleteHeapTags: Tool.object(["ok": ["type": "boolean"]], required: ["ok"])
        case .queryHeapsByTags:
            Tool.object(
                [
                    "results": [
                        "type": "array",
                        "items": Tool.object(["heap": Tool.text, "tags": Tool.tags], required: ["heap", "tags"]),
                    ], "next_cursor": Tool.text,
                ], required: ["results"])
        }
    }

    private func argumentSchema(_ name: String) -> JSONValue {
        switch (self, name) {
        case (_, "limit"):
            [
                "type": "integer", "minimum": .integer(Int64(PageLimit.range.lowerBound)),
                "maximum": .integer(Int64(PageLimit.range.upperBound)),
                "default": .integer(Int64(PageLimit.standard)), "description": "The most items of a page.",
            ]
        case (_, "cursor"): ["type": "string", "description": "The next_cursor of the page before."]
        case (_, "session"):
            Tool.name("The session log; without it the one of this MCP session, or of the X-MCP-Session-Id header.")
        case (_, "fields"):
            [
                "type": "string",
                "description": .string(
                    "A comma-separated list of the fields to show: "
                        + SessionFields.Field.allCases.map(\.rawValue).joined(separator: ", ") + "."),
            ]
        case (_, "input_heap"):
            Tool.optional(Tool.name("The heap snapshot that the code ran on; null for a fresh heap."))
        case (_, "output_heap"): Tool.name("The heap snapshot that the code left.")
        case (_, "output_fs"): Tool.optional(Tool.name("The file system snapshot that the code left, if any."))
        case (_, "code"): ["type": "string", "description": "The code that ran."]
        case (_, "expected_head"):
            Tool.optional(
                Tool.name("The output_heap that the latest entry must have; null if the session must be empty."))
        case (_, "from"): Tool.name("The session log to copy.")
        case (_, "to"): Tool.name("The name of the copy; it must not exist.")
        case (_, "heap"): Tool.name("The heap snapshot.")
        case (.mergeHeapTags, "tags"):
            [
                "type": "object", "additionalProperties": ["type": ["string", "null"]],
                "description": "Tags to set; null takes one away.",
            ]
        case (.queryHeapsByTags, "tags"):
            [
                "type": "object", "additionalProperties": ["type": "string"],
                "description": "The tags that a heap must all have.",
            ]
        case (_, "tags"): Tool.tags
        case (_, "keys"):
            ["type": "string", "description": "A comma-separated list of tag keys; all tags without it."]
        default:
            [
                "type": "string", "minLength": 1, "maxLength": 255,
                "description":
                    "Any text of your choice: a repeated call with the same key within ten minutes has the first one's outcome.",
            ]
        }
    }

    private static let text: JSONValue = ["type": "string"]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let tags: JSONValue = ["type": "object", "additionalProperties": ["type": "string"]]

    /// Which of them are there is the caller's choice.
    private static let entry: JSONValue = object(
        [
            "index": count, "input_heap": optional(text), "output_heap": text, "output_fs": optional(text),
            "code": text,
            "timestamp": ["type": "string", "format": "date-time"],
        ], required: [])

    private static func object(_ properties: JSONValue, required: JSONValue) -> JSONValue {
        ["type": "object", "properties": properties, "required": required]
    }

    private static func name(_ description: String) -> JSONValue {
        [
            "type": "string", "minLength": 1, "maxLength": .integer(Int64(Name.maximumCount)),
            "description": .string(description),
        ]
    }

    /// The same, or null.
    private static func optional(_ schema: JSONValue) -> JSONValue {
        guard var object = schema.object else { return schema }
        object["type"] = ["string", "null"]
        return .object(object)
    }
}
