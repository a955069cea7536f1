import Raft

/// Of the small files of a data directory: what is accepted is what was written, byte by byte.
enum DocumentPromises {
    static func check(_ bytes: [UInt8]) throws {
        for document in [bytes, Seals.document(bytes)] {
            try checkHardState(document)
            try checkFormat(document)
            do throws(CorruptionError) {
                // discarded: the file is for people; that it was read at all is what matters
                _ = try PeersFile.decode(document)
            } catch {
                try promise(error.offset <= UInt64(document.count), "damage at \(error.offset)")
            }
        }
    }

    private static func checkHardState(_ bytes: [UInt8]) throws(BrokenPromise) {
        let state: HardState
        do throws(CorruptionError) {
            state = try MetaFile.decode(bytes)
        } catch {
            return try promise(error.path == MetaFile.path, "the damage is said to be in \(error.path)")
        }
        // Format 1 had no spaces behind the document.
        let spelled = MetaFile.encode(state)
        let isOld = spelled.filter { $0 != 0x20 } == bytes.filter { $0 != 0x20 } && bytes.count < spelled.count
        try promise(spelled == bytes || isOld, "a hard state that is spelled in two ways: \(state)")
    }

    private static func checkFormat(_ bytes: [UInt8]) throws(BrokenPromise) {
        let format: FormatFile
        do throws(FormatFile.Failure) {
            format = try FormatFile.decode(bytes)
        } catch {
            return try promise(!error.description.isEmpty, "a FORMAT is refused without a reason")
        }
        let again: FormatFile
        do throws(FormatFile.Failure) {
            again = try FormatFile.decode(format.encode())
        } catch {
            throw BrokenPromise("a FORMAT that was read is written so that it cannot be: \(error)")
        }
        try promise(again == format, "a FORMAT changes when it is written again")
    }
}
