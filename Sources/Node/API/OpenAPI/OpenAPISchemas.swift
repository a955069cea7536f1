import Bytes
import Documents
import StateMachine

/// The schemas of `/openapi.json`.
enum OpenAPISchemas {
    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    static let all: JSONValue = [
        "Name": [
            "type": "string", "minLength": 1, "maxLength": .integer(Int64(Name.maximumCount)),
            "description": "Any text of 1 to 512 bytes of UTF-8.",
        ],
        "Error": object(["error": text, "code": text], required: ["error", "code"]),
        "HeadMismatch": object(
            ["error": text, "code": ["const": "head_mismatch"], "head": nullable("string")],
            required: ["error", "code", "head"]),
        "Entry": [
            "type": "object", "additionalProperties": false,
            "properties": [
                "index": count, "input_heap": nullable("string"), "output_heap": text, "output_fs": nullable("string"),
                "code": text, "timestamp": ["type": "string", "format": "date-time"],
            ],
        ],
        "Append": object(
            [
                "input_heap": optionalName, "output_heap": reference("Name"), "output_fs": optionalName, "code": text,
                "expected_head": optionalName,
            ], required: ["output_heap", "code"]),
        "Appended": object(["index": count, "revision": count], required: ["index", "revision"]),
        "Fork": object(["to": reference("Name")], required: ["to"]),
        "Forked": object(
            ["outcome": ["enum": ["forked", "target_exists", "source_empty"]]], required: ["outcome"]),
        "Trimmed": object(["revision": count, "removed": count], required: ["revision", "removed"]),
        "Deleted": object(["revision": count, "deleted": ["type": "boolean"]], required: ["revision", "deleted"]),
        "Sessions": object(
            ["sessions": list(text), "next": nullable("string")], required: ["sessions", "next"]),
        "Entries": object(
            ["entries": list(reference("Entry")), "next": nullable("integer")], required: ["entries", "next"]),
        "Tags": tags(text),
        "TagChanges": tags(nullable("string")),
        "Tagged": object(["tags": reference("Tags")], required: ["tags"]),
        "Heaps": object(
            [
                "results": list(object(["heap": text, "tags": reference("Tags")], required: ["heap", "tags"])),
                "next": nullable("string"),
            ], required: ["results", "next"]),
    ]

    private static let text: JSONValue = ["type": "string"]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let optionalName: JSONValue = ["anyOf": [reference("Name"), ["type": "null"]]]

    private static func nullable(_ type: JSONValue) -> JSONValue { ["type": [type, "null"]] }

    private static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    private static func object(_ properties: JSONValue, required: JSONValue) -> JSONValue {
        ["type": "object", "properties": properties, "required": required, "additionalProperties": false]
    }

    private static func tags(_ value: JSONValue) -> JSONValue {
        [
            "type": "object", "maxProperties": .integer(Int64(HeapTag.maximumCount)),
            "propertyNames": ["minLength": 1, "maxLength": .integer(Int64(HeapTag.maximumKeyCount))],
            "additionalProperties": value,
        ]
    }
}

/// The answers of `/openapi.json` that mean that nothing was done, or nobody knows.
enum OpenAPIResponses {
    /// The statuses of errors, each with its own words.
    static var errors: [String] { words.map(\.status) }

    static func reference(_ status: String) -> JSONValue { ["$ref": .string("#/components/responses/\(status)")] }

    static func json(_ description: String, _ schema: JSONValue) -> JSONValue {
        ["description": .string(description), "content": ["application/json": ["schema": schema]]]
    }

    static let all: JSONValue = .object(
        JSONObject(
            words.map { status, text in
                JSONObject.Member(key: status, value: json(text, OpenAPISchemas.reference("Error")))
            }))

    private static let words: [(status: String, text: String)] = [
        ("400", "Something in the request is wrong; the error names it. Nothing was changed."),
        ("404", "It is not there."),
        ("413", "The request is larger than --max-value-size allows."),
        ("415", "The body is not said to be JSON."),
        ("422", "The key was used for another request, or the heap would have too many tags. Nothing was changed."),
        ("503", "No leader, or too much under way. Nothing was changed; try again."),
        ("504", "The write may or may not have happened: repeat it with the same Idempotency-Key, or read."),
        ("507", "No room: on the disks of a majority, or in the state. Nothing was changed."),
    ]
}
