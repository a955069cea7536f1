import Documents
import Foundation
import Logging
import Testing

@testable import Node

@Suite struct LoggingTests {
    private func line(_ message: String, _ metadata: Logger.Metadata, level: Logger.Level = .info, as format: LogFormat)
        -> String
    {
        let line = LogLine(time: "2026-01-02T03:04:05.678Z", level: level, message: message, metadata: metadata)
        return String(decoding: line.bytes(as: format), as: UTF8.self)
    }

    @Test func textHasFieldsInOrderAndQuotesWhereNeeded() {
        let line = line("started", ["b": "two words", "a": "1", "c": "", "d": "x=\"y\""], as: .text)
        #expect(line == #"2026-01-02T03:04:05.678Z info  started a=1 b="two words" c="" d="x=\"y\"""# + "\n")
    }

    /// Nobody who chooses a key or a name writes lines into the log.
    @Test func aMessageIsOneLine() {
        let line = line("a\nb\u{1B}[0m", ["k": "v\r\n"], level: .warning, as: .text)
        #expect(line == #"2026-01-02T03:04:05.678Z warn  a\nb\u{1B}[0m k="v\r\n""# + "\n")
    }

    @Test func jsonIsOneObjectALine() {
        let line = line("a\n", ["level": "x", "peer": ["id": "n1"]], level: .error, as: .json)
        #expect(
            line
                == #"{"time":"2026-01-02T03:04:05.678Z","level":"error","message":"a\n","level_":"x","peer":{"id":"n1"}}"#
                + "\n")
    }

    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00.000Z"), (1_767_323_045, 678, "2026-01-02T03:04:05.678Z"),
        (951_782_399, 7, "2000-02-28T23:59:59.007Z"), (951_782_400, 0, "2000-02-29T00:00:00.000Z"),
    ])
    func timesAreRFC3339(seconds: Int, milliseconds: Int, text: String) {
        #expect(UTCTime.text(milliseconds: UInt64(seconds) * 1000 + UInt64(milliseconds)) == text)
    }

    @Test func aLoggerWritesWhatItsLevelLetsThrough() throws {
        let pipe = Pipe()
        let options = try options("--http-port 1 --log-level warning --log-format json")
        var logger = Logger.make(options, descriptor: pipe.fileHandleForWriting.fileDescriptor)
        logger[metadataKey: "node"] = "n1"
        logger.info("not this")
        logger.warning("this", metadata: ["node": "nearer"])
        logger.critical("that")
        try pipe.fileHandleForWriting.close()
        let lines = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
            separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix(#""level":"warning","message":"this","node":"nearer"}"#) == true)
        #expect(lines.last?.hasSuffix(#""level":"critical","message":"that","node":"n1"}"#) == true)
    }
}
