import Bytes
import Documents
import HTTP
import Replica
import StateMachine

/// `POST /v1/txn`: several operations at once, or several others. Pure: requests and answers are values.
struct TransactionEndpoint {
    static let path = "/v1/txn"
    /// Comparisons of a transaction, and operations of each of its branches.
    static let maxCount = 128

    let maxValueSize: Int

    /// How many bytes of JSON a transaction may be: its content is bounded as that of a single write, its spelling may take twice that.
    var maxBodySize: Int { 2 * maxContentSize + (64 << 10) }

    /// All keys and values together: as much as the largest single write.
    private var maxContentSize: Int { maxValueSize + Key.maximumCount }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func call(_ request: HTTPRequest) throws(Refused) -> ClientRequest.Body {
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        try request.requireJSON()
        let transaction = try TransactionDocument.read(request.body)
        try check(transaction)
        let retryKey = try IdempotencyKeyHeader.read(request, path: Array(TransactionEndpoint.path.utf8))
        return .write(.transaction(transaction), key: retryKey)
    }

    private func check(_ transaction: Transaction) throws(Refused) {
        let counts = [transaction.compare.count, transaction.then.count, transaction.otherwise.count]
        guard counts.allSatisfy({ $0 <= TransactionEndpoint.maxCount }) else {
            throw .tooLarge(
                "compare, then and else hold \(counts[0]), \(counts[1]) and \(counts[2]); each may hold \(TransactionEndpoint.maxCount)"
            )
        }
        for value in transaction.then.compactMap(\.value) + transaction.otherwise.compactMap(\.value) {
            guard value.count <= maxValueSize else {
                throw Refused(
                    .contentTooLarge, "value_too_large",
                    "a value has \(value.count) bytes; --max-value-size allows \(maxValueSize)")
            }
        }
        let bytes = transaction.byteCount
        guard bytes <= maxContentSize else {
            throw .tooLarge("keys and values have \(bytes) bytes together; --max-value-size allows \(maxContentSize)")
        }
        for branch in [transaction.then, transaction.otherwise] {
            var keys = Set<[UInt8]>()
            for operation in branch where !keys.insert(operation.key).inserted {
                let key = String(decoding: operation.key, as: UTF8.self)
                throw .badRequest("duplicate_key", "the key `\(key)` stands twice in one branch")
            }
        }
    }

    static func response(to answer: Answer) -> HTTPResponse {
        if let refusal = answer.refusal { return refusal }
        guard case .outcome(let outcome) = answer else { return .wrongAnswer }
        // All else that could be wrong with it was refused before: its gets found more than an answer holds.
        if case .invalid(let reason) = outcome { return Refused.tooLarge(reason).response }
        if let refusal = outcome.refusal { return refusal }
        guard case .transaction(let revision, let succeeded, let results) = outcome else { return .wrongAnswer }
        return .json(.ok, late: { document(revision, succeeded, results) })
    }

    private static func document(_ revision: UInt64, _ succeeded: Bool, _ results: [TransactionResult]) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + 64 * results.count)
        json.beginObject()
        json.pair("succeeded", succeeded)
        json.pair("revision", revision)
        json.key("results")
        json.beginArray()
        for result in results { write(result, to: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// The name of the operation, and what came of it.
    private static func write(_ result: TransactionResult, to json: inout JSONWriter) {
        json.beginObject()
        switch result {
        case .put(let created):
            json.key("put")
            json.beginObject()
            json.pair("created", created)
            json.endObject()
        case .delete(let deleted):
            json.key("delete")
            json.beginObject()
            json.pair("deleted", deleted)
            json.endObject()
        case .get(.none):
            json.key("get")
            json.null()
        case .get(.some(let found)):
            json.key("get")
            json.beginObject()
            json.pair(value: found.value)
            json.pair("revision", found.revision)
            json.endObject()
        }
        json.endObject()
    }
}

extension Refused {
    fileprivate static func tooLarge(_ message: String) -> Refused {
        Refused(.contentTooLarge, "txn_too_large", message)
    }
}
