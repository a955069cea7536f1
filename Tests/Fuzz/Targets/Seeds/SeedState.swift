import Raft
import StateMachine

/// A state that has something of every kind.
extension Seeds {
    static let commands: [Command] = [
        Command(.put(key: bytes("a"), value: bytes("one"), condition: .none)),
        Command(
            .put(key: bytes("b"), value: bytes("two"), condition: .absent),
            requestID: RequestID(instance: identity.instance, boot: 1, sequence: 3), completedBelow: 2),
        Command(.delete(key: bytes("a"), condition: .matchesAny(revisions: [1, 2]))),
        Command(
            .put(key: bytes("c"), value: bytes("three"), condition: .exists),
            idempotencyKey: IdempotencyKey(scope: bytes("PUT k /v1/kv/c"), fingerprint: 9)),
        Command(
            .transaction(
                Transaction(
                    compare: [
                        Comparison(key: bytes("b"), .value(bytes("two"))), Comparison(key: bytes("c"), .exists(false)),
                    ],
                    then: [.put(key: bytes("c"), value: bytes("four")), .get(key: bytes("b"))],
                    otherwise: [.delete(key: bytes("b"))]))),
        Command(
            .announce(
                Announcement(
                    instance: identity.instance, nodeID: "n1", clientAddress: "a:1", version: "1",
                    maxStateSize: 1 << 20,
                    maxValueSize: 1 << 10))),
        Command(.compareHashes),
        Command(.reportHash(HashReport(instance: identity.instance, index: 2, hash: .zero))),
    ]

    /// As they lie in the log.
    static var payloads: [[UInt8]] {
        commands.enumerated().map {
            Command.payload(timestamp: 1000 + UInt64($0.offset), commandBytes: $0.element.encode())
        }
    }

    /// What founds the cluster, then the commands.
    static var entries: [LogEntry] {
        let founding = LogEntry(
            term: 1, index: 1, kind: .configuration, payload: ConfigurationCodec.encode(configuration))
        return [founding]
            + payloads.enumerated().map {
                LogEntry(term: 2, index: LogIndex($0.offset) + 2, kind: .command, payload: $0.element)
            }
    }

    static var state: StateMachine {
        var stateMachine = StateMachine()
        for entry in entries { stateMachine.apply(entry) }
        return stateMachine
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
