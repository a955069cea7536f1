import Bytes
import HTTP
import Node
import StateMachine

/// Of `JSONParser` and what reads documents by it.
enum JSONPromises {
    /// What was read, written and read again is the same; what was written once is written so again.
    static func check(_ bytes: [UInt8]) throws {
        let value: JSONValue
        do throws(JSONParser.Failure) {
            value = try JSONParser.parse(bytes, maxDepth: 16)
        } catch {
            return try promise(0...bytes.count ~= error.offset, "an error at byte \(error.offset) of \(bytes.count)")
        }
        try promise(depth(of: value) <= 16, "a document \(depth(of: value)) levels deep")
        let written = value.encoded
        let again: JSONValue
        do throws(JSONParser.Failure) {
            again = try JSONParser.parse(written, maxDepth: 16)
        } catch {
            throw BrokenPromise("what was written cannot be read: \(error)")
        }
        try promise(again == value, "what was written is read as something else")
        try promise(again.encoded == written, "the same value is written in two ways")
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        case .object(let object): 1 + (object.members.map { depth(of: $0.value) }.max() ?? 0)
        default: 0
        }
    }

    /// A transaction that is accepted goes through the log as it is.
    static func checkTransaction(_ bytes: [UInt8]) throws {
        let transaction: Transaction
        do throws(Refused) {
            transaction = try TransactionDocument.read(bytes)
        } catch {
            return try promise(
                error.response.status.hundreds == 4, "a document is refused with \(error.response.status)")
        }
        // The endpoint refuses a key that stands twice; a document may hold it.
        let branches = [transaction.then, transaction.otherwise]
        guard branches.allSatisfy({ Set($0.map(\.key)).count == $0.count }) else { return }
        let command = Command(.transaction(transaction))
        let again: Command
        do throws(ByteReader.Failure) {
            again = try Command.decode(command.encode())
        } catch {
            throw BrokenPromise("the log cannot hold it: \(error)")
        }
        try promise(again == command, "the log holds another transaction")
    }
}
