import Bytes
import Documents
import HTTP
import StateMachine

/// `/openapi.json`: session logs and heap tags as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0) tells them.
enum OpenAPIDocument {
    static let path = "/openapi.json"

    static func response(to request: HTTPRequest) throws(Refused) -> HTTPResponse {
        try request.requireRead()
        return .json(.ok, document)
    }

    private static let document: [UInt8] = {
        let root: JSONValue = [
            "openapi": "3.1.0",
            "info": [
                "title": "raftd", "version": .string(Version.current),
                "description": "Session logs and tags of heap snapshots, replicated. Any node takes any request.",
                "license": ["name": "Apache 2.0", "identifier": "Apache-2.0"],
            ],
            "paths": paths, "components": ["schemas": OpenAPISchemas.all, "responses": OpenAPIResponses.all],
        ]
        return root.encoded
    }()

    private static let paths: JSONValue = [
        "/v1/sessions": [
            "get": operation(
                "listSessions", "The names of all session logs, in byte order.",
                parameters: [startAfter(["type": "string"]), limit, consistency], answer: "Sessions")
        ],
        "/v1/sessions/{name}": [
            "parameters": [name("name")],
            "delete": operation("deleteSession", "Drops a session log.", parameters: [retryKey], answer: "Deleted"),
        ],
        "/v1/sessions/{name}/entries": [
            "parameters": [name("name")],
            "get": operation(
                "listEntries", "The entries of a session log, oldest first.",
                parameters: [
                    startAfter(["type": "integer", "minimum": 0, "maximum": .unsigned(.max)]), limit, fields,
                    consistency,
                ], answer: "Entries"),
            "post": operation(
                "appendEntry", "Appends an entry, which gets the next index and the time.", parameters: [retryKey],
                body: "Append", answer: "Appended", status: "201", also: ["412": "HeadMismatch"]),
            "delete": operation(
                "trimSession", "Drops the entries before an index.",
                parameters: [
                    retryKey,
                    query("before", required: true, ["type": "integer", "minimum": 0, "maximum": .unsigned(.max)]),
                ], answer: "Trimmed"),
        ],
        "/v1/sessions/{name}/entries/latest": [
            "parameters": [name("name")],
            "get": operation(
                "latestEntry", "The newest entry of a session log.", parameters: [fields, consistency], answer: "Entry"),
        ],
        "/v1/sessions/{name}/fork": [
            "parameters": [name("name")],
            "post": operation(
                "forkSession", "Copies a session log to a new name.", parameters: [retryKey], body: "Fork",
                answer: "Forked"),
        ],
        "/v1/heaps": [
            "get": operation(
                "queryHeaps", "The heaps that have all of these tags. A page may be short, or empty, before the end.",
                parameters: [
                    query(
                        "tag", required: false,
                        [
                            "type": "array", "maxItems": .integer(Int64(HeapEndpoint.maxQueryTags)),
                            "items": ["type": "string", "pattern": "^[^=]{1,64}=", "description": "key=value"],
                        ]), startAfter(["type": "string"]), limit, consistency,
                ], answer: "Heaps")
        ],
        "/v1/heaps/{name}/tags": [
            "parameters": [name("name")],
            "get": operation("getTags", "The tags of a heap.", parameters: [consistency], answer: "Tagged"),
            "put": operation(
                "setTags", "Gives a heap these tags and no others.", parameters: [retryKey], body: "Tags",
                answer: "Tagged"),
            "patch": operation(
                "mergeTags", "Sets some tags, takes away those that are null, and keeps all others.",
                parameters: [retryKey], body: "TagChanges", answer: "Tagged"),
            "delete": operation("deleteTags", "Takes all tags away.", parameters: [retryKey], answer: "Deleted"),
        ],
    ]

    // MARK: Parts

    /// - Parameter answers: further statuses, and the schema of each.
    private static func operation(
        _ id: String, _ summary: String, parameters: [JSONValue], body: String? = nil, answer: String,
        status: String = "200", also answers: [String: String] = [:]
    ) -> JSONValue {
        var responses = JSONObject([
            .init(key: status, value: OpenAPIResponses.json("Done.", OpenAPISchemas.reference(answer)))
        ])
        for (status, schema) in answers.sorted(by: { $0.key < $1.key }) {
            responses[status] = OpenAPIResponses.json(
                "Nothing was changed: the condition does not hold.", OpenAPISchemas.reference(schema))
        }
        for status in OpenAPIResponses.errors { responses[status] = OpenAPIResponses.reference(status) }
        var operation = JSONObject([
            .init(key: "operationId", value: .string(id)), .init(key: "summary", value: .string(summary)),
            .init(key: "parameters", value: .array(parameters)), .init(key: "responses", value: .object(responses)),
        ])
        if let body {
            operation["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": OpenAPISchemas.reference(body)]],
            ]
        }
        return .object(operation)
    }

    private static func query(_ name: String, required: Bool, _ schema: JSONValue) -> JSONValue {
        ["name": .string(name), "in": "query", "required": .bool(required), "schema": schema]
    }

    private static func startAfter(_ schema: JSONValue) -> JSONValue { query("start_after", required: false, schema) }

    private static let limit = query(
        "limit", required: false,
        [
            "type": "integer", "minimum": .integer(Int64(PageLimit.range.lowerBound)),
            "maximum": .integer(Int64(PageLimit.range.upperBound)), "default": .integer(Int64(PageLimit.standard)),
        ])

    private static let consistency = query(
        "consistency", required: false,
        ["type": "string", "enum": ["linearizable", "stale"], "default": "linearizable"])

    private static let fields = query(
        "fields", required: false,
        [
            "type": "string", "description": "A comma-separated list of members to show.",
            "pattern": .string("^(\(fieldNames))(,(\(fieldNames)))*$"),
        ])

    private static let fieldNames = SessionFields.Field.allCases.map(\.rawValue).joined(separator: "|")

    private static func name(_ name: String) -> JSONValue {
        ["name": .string(name), "in": "path", "required": true, "schema": OpenAPISchemas.reference("Name")]
    }

    private static let retryKey: JSONValue = [
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "A repeated request with the same key within ten minutes has the first one's outcome.",
        "schema": ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"],
    ]
}
