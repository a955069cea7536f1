import Raft
import Testing

/// Bytes on disk, written down: a change here is a new format version.
@Suite("The format of the log")
struct LogFormatTests {
    private func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("Golden: a prepared segment with a batch, a seal, and the segment after a truncation")
    func golden() throws {
        var log = try recover(MemoryDirectory()).recovery.log
        log.clusterID = LogHarness.cluster
        var directory = MemoryDirectory()
        directory.perform(log.preparation() ?? [])
        log.preparationFinished()
        directory.perform(
            log.append(
                [
                    LogEntry(term: 1, index: 1, kind: .configuration, payload: Array("hello".utf8)),
                    LogEntry(term: 2, index: 2, kind: .noop, payload: []),
                ], commitIndex: 0))
        directory.perform(log.seal(commitIndex: 1))
        log.truncate(after: LogPosition(index: 1, term: 1))
        directory.perform(log.append([LogEntry(term: 3, index: 2, kind: .command, payload: [0xFF])], commitIndex: 1))
        #expect(directory.files.keys.sorted() == ["raft_log/00000001.segment", "raft_log/00000002.segment"])
        let first = hex(try #require(directory.files["raft_log/00000001.segment"]))
        let second = hex(try #require(directory.files["raft_log/00000002.segment"]))
        #expect(first == Self.firstSegment)
        #expect(second == Self.secondSegment)
    }

    private static let firstSegment =
        "525345470100000008070605040302011817161514131211010000000000000001000000000000000000000000000000"
        + "0000000000000000000800000000000000000000cf502e56524241547000000001000000000000000000000000000000"
        + "02000000ab7714b465b8ee79000000001c33166f05000000010000000000000001000000000000000100000000000000"
        + "68656c6c6f00000089594e67000000000200000000000000020000000000000000000000000000005242415428000000"
        + "0200000000000000010000000000000000000000edd93a3bedd93a3b00000000"
    private static let secondSegment =
        "525345470100000008070605040302011817161514131211020000000000000002000000000000000100000000000000"
        + "e000000000000000000000000000000000000000c2b71c6b524241545000000003000000000000000100000000000000"
        + "0100000070c41a722d5d6233000000007642930001000000030000000000000002000000000000000200000000000000"
        + "ff00000000000000"
}
