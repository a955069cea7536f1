/// What takes bytes from outside or from a disk, and what must hold whatever these bytes are.
///
/// One definition for two uses: the fuzzer looks for bytes that break it, the tests replay what the fuzzer found worth keeping.
package struct FuzzTarget: Sendable {
    /// As on the command line of `scripts/fuzz`; its inputs are in `Tests/Fuzz/Corpus/NAME`.
    package let name: String
    /// In bytes. Longer inputs would only cost time.
    package let longestInput: Int
    private let check: @Sendable ([UInt8]) throws -> Void

    init(_ name: String, longestInput: Int, _ check: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.name = name
        self.longestInput = longestInput
        self.check = check
    }

    /// Shows `input` to the code under test. A trap in it is a bug as well.
    /// - Throws: ``BrokenPromise``
    package func run(_ input: [UInt8]) throws { try check(input) }

    package static let all: [FuzzTarget] = [
        FuzzTarget("http-head", longestInput: 4 << 10, RequestPromises.check),
        FuzzTarget("chunked-body", longestInput: 4 << 10, RequestPromises.checkChunks),
        FuzzTarget("http-connection", longestInput: 4 << 10, ServerConnectionPromises.check),
        FuzzTarget("http-response", longestInput: 4 << 10, ResponsePromises.check),
        FuzzTarget("request-target", longestInput: 1 << 10, TextPromises.checkTargets),
        FuzzTarget("event-stream", longestInput: 4 << 10, TextPromises.checkEventStream),
        FuzzTarget("json", longestInput: 4 << 10, JSONPromises.check),
        FuzzTarget("mcp-messages", longestInput: 4 << 10, MessagePromises.check),
        FuzzTarget("transaction-document", longestInput: 4 << 10, JSONPromises.checkTransaction),
        FuzzTarget("peer-frames", longestInput: 4 << 10, WirePromises.checkFrames),
        FuzzTarget("wire-values", longestInput: 2 << 10, WirePromises.checkValues),
        FuzzTarget("commands", longestInput: 4 << 10, CommandPromises.check),
        FuzzTarget("snapshot-stream", longestInput: 8 << 10, SnapshotPromises.check),
        FuzzTarget("documents", longestInput: 8 << 10, DocumentPromises.check),
        FuzzTarget("log-segments", longestInput: 8 << 10, SegmentPromises.check),
        FuzzTarget("recovery-directory", longestInput: 32 << 10, DirectoryPromises.check),
    ]

    /// The target called `name`, or `nil` when none is.
    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// What should hold for all inputs does not hold for one.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// - Throws: ``BrokenPromise`` with `what` went wrong, unless `condition` holds.
func promise(_ condition: Bool, _ what: @autoclosure () -> String) throws(BrokenPromise) {
    if !condition { throw BrokenPromise(what()) }
}

/// - Throws: ``BrokenPromise`` that shows both, unless they are equal.
func promiseEqual<Value: Equatable>(
    _ left: Value, _ right: Value, _ what: @autoclosure () -> String
) throws(BrokenPromise) {
    if left != right { throw BrokenPromise("\(what()):\n\(left)\n\(right)") }
}
