import Bytes
import Documents
import StateMachine

/// What a request of a client leads to. Pure: nothing is remembered from one request to the next.
package struct RequestHandler: Sendable {
    /// What is known of whoever asks.
    package struct Context: Sendable {
        package let revision: ProtocolRevision
        /// The session log of the call, where it names none itself.
        package let sessionLog: [UInt8]?
        /// About how many bytes of content a page may have.
        package let pageBytes: Int

        package init(
            revision: ProtocolRevision, sessionLog: [UInt8]?, pageBytes: Int = PageLimit.maxBytes
        ) {
            self.revision = revision
            self.sessionLog = sessionLog
            self.pageBytes = pageBytes
        }
    }

    private let server: Implementation
    private let maxValueSize: Int

    /// - Parameters:
    ///   - version: of this program.
    ///   - maxValueSize: the most bytes of one entry.
    package init(version: String, maxValueSize: Int) {
        server = Implementation(version: version)
        self.maxValueSize = maxValueSize
    }

    /// - Throws: why there will be no result.
    package func work(for request: RPCRequest, _ context: Context) throws(RPCError) -> Work {
        let resources = ResourceRequests(
            revision: context.revision, server: server, pageBytes: context.pageBytes)
        switch request.method {
        case "tools/list": return try tools(request.params, context)
        case "tools/call": return try call(request.params, context)
        case "resources/list": return try resources.list(request.params)
        case "resources/templates/list": return try resources.templates(request.params)
        case "resources/read": return try resources.read(request.params)
        case "prompts/get": throw .invalidParams("there are no prompts")
        case "prompts/list": return try prompts(request.params, context)
        default:
            return context.revision.hasHandshake
                ? try handshakeWork(for: request, resources) : try statelessWork(for: request, context)
        }
    }

    /// What only revisions without a handshake have.
    private func statelessWork(for request: RPCRequest, _ context: Context) throws(RPCError) -> Work {
        switch request.method {
        case "server/discover": return .answer(.result(discovery(context)))
        case "subscriptions/listen": return .listen(try listen(request.params))
        default: throw .methodNotFound(request.method)
        }
    }

    /// What only revisions with a handshake have.
    private func handshakeWork(for request: RPCRequest, _ resources: ResourceRequests) throws(RPCError) -> Work {
        switch request.method {
        case "ping": return .answer(.done)
        case "resources/subscribe": return .subscribe(try resources.subscription(request.params), isOn: true)
        case "resources/unsubscribe": return .subscribe(try resources.subscription(request.params), isOn: false)
        case "logging/setLevel":
            guard RequestHandler.logLevels.contains(request.params["level"]?.string ?? "") else {
                throw .invalidParams("`level` is one of \(RequestHandler.logLevels.joined(separator: ", "))")
            }
            // Nothing is ever logged to clients, at any level.
            return .answer(.done)
        default: throw .methodNotFound(request.method)
        }
    }

    /// What `initialize` leads to.
    /// - Throws: which parameter is missing.
    package func handshake(_ request: RPCRequest) throws(RPCError) -> Handshake {
        try Handshake(request.params, server, instructions: RequestHandler.instructions)
    }

    // MARK: What this server is

    private func discovery(_ context: Context) -> [UInt8] {
        ResultText.object(context.revision, server, caching: ResultText.unchangingMilliseconds) { json in
            let versions = ProtocolRevision.allCases.reversed().map { JSONValue.string($0.rawValue) }
            json.key("supportedVersions")
            JSONValue.array(Array(versions)).write(to: &json)
            json.key("capabilities")
            RequestHandler.capabilities(withHandshake: false).write(to: &json)
            json.pair("instructions", RequestHandler.instructions)
        }
    }

    /// Only revisions with a handshake have a level of logging to be set.
    static func capabilities(withHandshake hasHandshake: Bool) -> JSONValue {
        let common: [JSONObject.Member] = [
            .init(key: "tools", value: ["listChanged": false]),
            .init(key: "resources", value: ["subscribe": true, "listChanged": true]),
            .init(key: "prompts", value: ["listChanged": false]),
        ]
        return .object(JSONObject(hasHandshake ? common + [.init(key: "logging", value: [:])] : common))
    }

    private static let logLevels = [
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
    ]

    private static let instructions = """
        Keeps session logs (which code ran, from which heap snapshot to which) and tags of heap snapshots on several machines at \
        once. What was acknowledged is not lost. Give idempotency_key with every write that you might repeat.
        """

    /// There are none: clients that ask all servers for theirs are told so.
    private func prompts(_ params: JSONObject, _ context: Context) throws(RPCError) -> Work {
        try refuseCursor(params)
        let result = ResultText.object(context.revision, server, caching: ResultText.unchangingMilliseconds) { json in
            json.list("prompts", [])
        }
        return .answer(.result(result))
    }

    /// What has one page has no place to go on from.
    private func refuseCursor(_ params: JSONObject) throws(RPCError) {
        guard params["cursor"]?.isNull ?? true else { throw .foreignCursor }
    }

    // MARK: Tools

    private func tools(_ params: JSONObject, _ context: Context) throws(RPCError) -> Work {
        try refuseCursor(params)
        let result = ResultText.object(context.revision, server, caching: ResultText.unchangingMilliseconds) { json in
            json.key("tools")
            JSONValue.array(Tool.allCases.map { $0.definition(context.revision) }).write(to: &json)
        }
        return .answer(.result(result))
    }

    private func call(_ params: JSONObject, _ context: Context) throws(RPCError) -> Work {
        guard let name = params["name"]?.string else { throw .invalidParams("`name` must be text") }
        guard let tool = Tool(rawValue: name) else { throw .invalidParams("there is no tool `\(name.prefix(100))`") }
        guard let arguments = (params["arguments"] ?? [:]).object else {
            throw .invalidParams("`arguments` must be an object")
        }
        let result = ToolResult(tool: tool, revision: context.revision, server: server)
        do throws(ArgumentFailure) {
            let allowed = tool.arguments + (tool.isReadOnly ? [] : ["idempotency_key"])
            let call = ToolCall(
                tool: tool, arguments: try Arguments(arguments, allowed: allowed), defaultSession: context.sessionLog,
                result: result, maxValueSize: maxValueSize, pageBytes: context.pageBytes)
            return try call.work()
        } catch {
            return .answer(result.failed("Nothing was done: the argument \(error)."))
        }
    }

    // MARK: Subscriptions

    private func listen(_ params: JSONObject) throws(RPCError) -> Subscription {
        guard let filter = params["notifications"]?.object else {
            throw .invalidParams("`notifications` must say what to listen to")
        }
        var uris: [String] = []
        for value in filter["resourceSubscriptions"]?.array ?? [] {
            guard let uri = value.string else { throw .invalidParams("`resourceSubscriptions` is a list of URIs") }
            if !uris.contains(uri) { uris.append(uri) }
            guard uris.count <= Subscription.maximumURIs else {
                throw .invalidParams("a stream tells of \(Subscription.maximumURIs) resources at most")
            }
        }
        return Subscription(resourcesListChanged: filter["resourcesListChanged"]?.bool ?? false, uris: uris)
    }
}
