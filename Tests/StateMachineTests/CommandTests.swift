import Bytes
import Raft
import StateMachine
import Testing

@Suite("Commands and outcomes as bytes")
struct CommandTests {
    private static let request = RequestID(
        instance: InstanceID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718), boot: 3, sequence: 9
    )

    private static let commands: [Command] = [
        Command(.put(key: [0x6B], value: [], condition: .none)),
        Command(.put(key: Array("key".utf8), value: [0, 0xFF, 7], condition: .absent)),
        Command(.put(key: [0x6B], value: [UInt8](repeating: 1, count: 300), condition: .exists), requestID: request),
        Command(.delete(key: [0x6B], condition: .none), requestID: request, completedBelow: 9),
        Command(
            .delete(key: [0x6B], condition: .matchesAny(revisions: [1, .max])), requestID: request, completedBelow: 4),
        Command(.put(key: [0x6B], value: [1], condition: .matchesAny(revisions: []))),
        Command(.put(key: [0x6B], value: [1], condition: .exists), idempotencyKey: named),
        Command(.delete(key: [0x6B], condition: .none), requestID: request, completedBelow: 1, idempotencyKey: named),
        Command(.transaction(Transaction(compare: [], then: [], otherwise: []))),
        Command(
            .transaction(
                Transaction(
                    compare: [
                        Comparison(key: [0x6B], .value([1, 2])), Comparison(key: [0x6B], .revision(.max)),
                        Comparison(key: [0x6B], .exists(true)), Comparison(key: [0x6C], .exists(false)),
                    ],
                    then: [.put(key: [0x6B], value: []), .delete(key: [0x6C]), .get(key: [0x6D])],
                    otherwise: [.get(key: [0x6B]), .put(key: [0x6D], value: [0, 1])])),
            requestID: request, idempotencyKey: named),
        Command(.announce(announcement)),
        Command(
            .announce(
                Announcement(
                    instance: request.instance, nodeID: "n", clientAddress: nil, version: "", maxStateSize: 0,
                    maxValueSize: .max)), requestID: request),
        Command(
            .session(
                SessionCommand(
                    [0x61],
                    .append(
                        SessionEntry(inputHeap: [0x62], outputHeap: [0x63], outputFS: [0x64], code: [0x65, 0x66]),
                        expecting: .heap([0x67]))))),
        Command(
            .session(
                SessionCommand(
                    [0x61],
                    .append(
                        SessionEntry(inputHeap: nil, outputHeap: [0x63], outputFS: nil, code: []), expecting: .empty))),
            requestID: request, idempotencyKey: named),
        Command(.session(SessionCommand([0x61], .fork(to: [0x62])))),
        Command(.session(SessionCommand([0x61], .trim(before: .max)))),
        Command(.session(SessionCommand(Array("süß".utf8), .delete))),
        Command(
            .heap(
                HeapCommand([0x61], .replace([HeapTag(key: [0x62], value: []), HeapTag(key: [0x63], value: [0x64])])))),
        Command(
            .heap(HeapCommand([0x61], .merge([TagChange(key: [0x62], value: nil), TagChange(key: [0x63], value: [])])))),
        Command(.heap(HeapCommand([0x61], .clear)), idempotencyKey: named),
        Command(
            .mcpSession(.open(mcpSession, revision: Array("2025-11-25".utf8), sessionLog: [0x61])),
            idempotencyKey: named),
        Command(.mcpSession(.close(mcpSession))),
        Command(.mcpSession(.touch([]))),
        Command(.mcpSession(.touch([mcpSession, MCPSessionID(high: 1, low: 0)]))),
        Command(.mcpSession(.subscribe(mcpSession, uri: Array("heap:///h".utf8)))),
        Command(.mcpSession(.unsubscribe(mcpSession, uri: [0x61])), requestID: request),
        Command(.compareHashes),
        Command(
            .reportHash(HashReport(instance: request.instance, index: 9, hash: StateHash(high: .max, low: 1))),
            requestID: request),
    ]

    private static let named = IdempotencyKey(scope: Array("PUT a /v1/kv/k".utf8), fingerprint: 0x0102_0304_0506_0708)

    private static let mcpSession = MCPSessionID(high: .max, low: 7)

    private static let announcement = Announcement(
        instance: request.instance, nodeID: "süß", clientAddress: "host:80", version: "1.2", maxStateSize: .max,
        maxValueSize: 7)

    private static let outcomes: [Outcome] = [
        .put(revision: 7, created: true), .put(revision: .max, created: false), .delete(revision: 8, deleted: true),
        .delete(revision: 8, deleted: false), .preconditionFailed(current: nil), .preconditionFailed(current: 0),
        .superseded, .invalid(reason: ""), .invalid(reason: "süß"), .noted, .keyReused, .retryTableFull,
        .session(.appended(index: 0, revision: 7)), .session(.headMismatch(head: nil)),
        .session(.headMismatch(head: [0x61])), .session(.forked(revision: 1)), .session(.targetExists),
        .session(.sourceEmpty), .session(.trimmed(revision: 3, removed: .max)),
        .session(.deleted(revision: 3, deleted: true)), .heap(.tags([], revision: 1)),
        .heap(.tags([HeapTag(key: [0x61], value: [])], revision: .max)), .heap(.cleared(revision: 2, deleted: false)),
        .heap(.tooMany), .mcpSession(.done), .mcpSession(.unknown), .mcpSession(.full),
        .transaction(revision: 9, succeeded: false, results: []),
        .transaction(
            revision: .max, succeeded: true,
            results: [
                .put(created: true), .put(created: false), .delete(deleted: true), .delete(deleted: false), .get(nil),
                .get(Versioned(value: [], revision: 1)), .get(Versioned(value: [1, 2, 3], revision: .max)),
            ]),
    ]

    @Test("a command comes back, and no part of it does", arguments: commands)
    func commandRoundTrip(command: Command) throws {
        let bytes = command.encode()
        #expect(try Command.decode(bytes) == command)
        for count in 0..<bytes.count {
            #expect(throws: ByteReader.Failure.self, "cut to \(count)") { try Command.decode(Array(bytes[..<count])) }
        }
        #expect(throws: ByteReader.Failure.self) { try Command.decode(bytes + [0]) }
    }

    @Test("an outcome comes back, and no part of it does", arguments: outcomes)
    func outcomeRoundTrip(outcome: Outcome) throws {
        let bytes = outcome.encode()
        #expect(try Outcome.decode(bytes) == outcome)
        for count in 0..<bytes.count {
            #expect(throws: ByteReader.Failure.self, "cut to \(count)") { try Outcome.decode(Array(bytes[..<count])) }
        }
        #expect(throws: ByteReader.Failure.self) { try Outcome.decode(bytes + [0]) }
    }

    @Test("the bytes are those that the format names")
    func goldenBytes() {
        let condition = Condition.matchesAny(revisions: [5])
        let command = Command(
            .put(key: Array("k".utf8), value: Array("vw".utf8), condition: condition), requestID: Self.request,
            completedBelow: 2
        )
        #expect(
            Command.payload(timestamp: 0x0A0B, commandBytes: command.encode()) == [
                0x0B, 0x0A, 0, 0, 0, 0, 0, 0,
                1, 1,
                8, 7, 6, 5, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
                3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
                1, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0x6B, 2, 0x76, 0x77,
            ]
        )
        #expect(Command(.delete(key: [0x6B], condition: .absent)).encode() == [1, 0, 2, 3, 1, 0x6B])
        let transaction = Transaction(
            compare: [Comparison(key: [0x6B], .exists(true))], then: [.put(key: [0x6C], value: [7])],
            otherwise: [.get(key: [0x6D])])
        let keyed = Command(
            .transaction(transaction), idempotencyKey: IdempotencyKey(scope: [0x73], fingerprint: 0x0A0B))
        #expect(
            keyed.encode() == [
                2, 0, 1, 1, 0x73, 0x0B, 0x0A, 0, 0, 0, 0, 0, 0,
                3, 1, 1, 0x6B, 3, 1, 1, 1, 1, 0x6C, 1, 7, 1, 3, 1, 0x6D,
            ])
        #expect(Command(.transaction(transaction)).encode().prefix(4) == [2, 0, 0, 3])
        #expect(Command(.compareHashes).encode() == [2, 0, 0, 5])
        let report = HashReport(
            instance: Self.request.instance, index: 0x0A0B, version: 7, hash: StateHash(high: 1, low: 0x0C0D))
        #expect(
            Command(.reportHash(report)).encode() == [
                2, 0, 0, 6, 8, 7, 6, 5, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
                0x0B, 0x0A, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0,
                1, 0, 0, 0, 0, 0, 0, 0, 0x0D, 0x0C, 0, 0, 0, 0, 0, 0,
            ])
        #expect(Outcome.put(revision: 1, created: true).encode() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(Outcome.preconditionFailed(current: nil).encode() == [3, 0])
    }

    @Test(
        "what no encoder writes is refused",
        arguments: [
            [3, 0, 0, 2, 0, 1, 0x6B],  // a later format
            [2, 0, 2, 0, 1, 0x6B],  // a flag of 2 for the client's key
            [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x6B],  // an empty client's key
            [1, 0, 3, 0, 0, 0],  // a transaction in the plain format
            [2, 0, 0, 7, 0, 0, 0],  // an operation that is not known yet
            [1, 0, 5],  // a comparison in the plain format
            [1, 0, 6] + [UInt8](repeating: 0, count: 44),  // a report in the plain format
            [2, 0, 0, 3, 0, 2, 2, 1, 0x6B, 3, 1, 0x6B, 0],  // a branch that names a key twice
            [2, 0, 0, 3, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0],  // more steps than bytes
            [2, 0, 0, 3, 1, 1, 0x6B, 4, 0, 0],  // an unknown comparison
            [2, 0, 0, 3, 0, 1, 4, 1, 0x6B, 0],  // an unknown step
            [2, 0, 0, 3, 0, 1, 3, 1, 0, 0],  // a key that is NUL
            [1, 2, 2, 0, 1, 0x6B],  // a flag of 2
            [1, 0, 3, 0, 1, 0x6B],  // an unknown operation
            [1, 0, 2, 4, 1, 0x6B],  // an unknown condition
            [1, 0, 2, 0, 0],  // an empty key
            [1, 0, 2, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0x6B],  // more revisions than bytes
            [1, 0, 2, 0, 0x81, 0x08] + [UInt8](repeating: 0x6B, count: 1025),  // a key too long
        ] as [[UInt8]]
    )
    func refused(bytes: [UInt8]) {
        #expect(throws: ByteReader.Failure.self) { try Command.decode(bytes) }
    }

    @Test("a request that completes itself is refused")
    func completesItself() {
        let sequence = 1 + 1 + 16 + 8
        var bytes = Command(.delete(key: [0x6B], condition: .none), requestID: Self.request, completedBelow: 9).encode()
        #expect(bytes[sequence] == 9)
        bytes[sequence] = 8
        #expect(throws: ByteReader.Failure.self) { try Command.decode(bytes) }
    }
}
