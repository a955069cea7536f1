import Bytes
import Raft
import StateMachine

/// Of `SnapshotDecoder`: a state or a reason, however the bytes arrive; and what was taken in is what is given out.
enum SnapshotPromises {
    private struct Trace: Equatable {
        var failure: SnapshotFailure?
        var size: UInt64 = 0
        var checksum: UInt32 = 0
        var state: [UInt8] = []
    }

    /// The bytes as they are, and with checksums, an end and a hash that fit: whoever attacks can sum.
    static func check(_ bytes: [UInt8]) throws {
        try checkStream(bytes)
        let sealed = Seals.snapshot(bytes)
        try checkStream(sealed)
        if let failure = trace([sealed[...]]).failure, let fitting = Seals.hash(sealed, toldBy: failure) {
            try checkStream(fitting)
        }
    }

    private static func checkStream(_ bytes: [UInt8]) throws {
        let whole = trace([bytes[...]])
        for pieces in Pieces.ways(of: bytes) {
            try promiseEqual(whole, trace(pieces), "it matters how the bytes arrive")
        }
        if let failure = whole.failure {
            return try promise(failure.offset <= UInt64(bytes.count), "a failure \(failure) in \(bytes.count) bytes")
        }
        try promise(
            whole.size == UInt64(bytes.count) && whole.checksum == CRC32C.checksum(bytes), "the size or sum is wrong")
        var restored = try decode(whole.state)
        try promise(encode(restored.view()) == whole.state, "a state changes on its way")
        // It can be gone on with, however much time the next entry says has passed.
        let payload = Command.payload(timestamp: .max, commandBytes: Seeds.commands[3].encode())
        for index in restored.lastApplied + 1...restored.lastApplied + 2 {
            restored.apply(
                LogEntry(term: restored.view().position.term, index: index, kind: .command, payload: payload))
        }
    }

    private static func trace(_ pieces: [ArraySlice<UInt8>]) -> Trace {
        var decoder = SnapshotDecoder()
        var trace = Trace()
        do throws(SnapshotFailure) {
            for piece in pieces { try decoder.add(piece) }
            let (stateMachine, size, checksum) = try decoder.finish()
            (trace.size, trace.checksum) = (size, checksum)
            trace.state = encode(stateMachine.view())
        } catch {
            trace.failure = error
        }
        return trace
    }

    static func encode(_ view: StateMachine.View) -> [UInt8] {
        var encoder = SnapshotEncoder(view)
        var bytes: [UInt8] = []
        while let frame = encoder.next() { bytes += frame }
        return bytes
    }

    /// - Throws: ``BrokenPromise``: `bytes` are what ``encode(_:)`` made.
    static func decode(_ bytes: [UInt8]) throws(BrokenPromise) -> StateMachine {
        do throws(SnapshotFailure) {
            var decoder = SnapshotDecoder()
            try decoder.add(bytes[...])
            return try decoder.finish().0
        } catch {
            throw BrokenPromise("a snapshot that was made here cannot be read: \(error)")
        }
    }
}
