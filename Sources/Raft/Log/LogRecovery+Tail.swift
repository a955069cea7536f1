import Bytes

/// How the last segment ends.
extension LogRecovery {
    /// Decides what it means that no batch verifies at `offset` of the last segment: the end of the log, a torn tail, or `damage`.
    mutating func judgeTail(
        of file: File, at offset: UInt64, header: BatchHeader?, damage: RecoveryFailure
    ) throws(RecoveryFailure) {
        let preparedSize = file.header.preparedSize
        if header == nil, try isZero(file, from: offset) {
            // Only a file that still has the size it was given goes on: a shorter one was cut, and one that grew may have been.
            if preparedSize > 0, file.size >= preparedSize { log.tail?.limit = preparedSize }
            return
        }
        // A crash does not make a file shorter, and what is cut ends with a batch that is synced.
        if file.size < preparedSize { throw damage }
        if let header {
            let end = offset + UInt64(header.length)
            // A prepared file is never written beyond its size.
            if preparedSize > 0, end > file.size { throw damage }
            if try !isZero(file, from: end) { throw damage }
        } else if try holdsLaterBatch(file, behind: offset) {
            throw damage
        }
        tornTail = Recovery.TornTail(path: file.path, offset: offset)
        log.tail?.fileSize = offset
    }

    /// Whether the file holds only zeros from `offset` on.
    private func isZero(_ file: File, from offset: UInt64) throws(RecoveryFailure) -> Bool {
        var offset = offset
        while offset < file.size {
            let bytes = try read(file.path, offset: offset, count: FileWindow.sliceSize)
            if bytes.isEmpty { break }
            var bits: UInt8 = 0
            for byte in bytes { bits |= byte }
            if bits != 0 { return false }
            offset += UInt64(bytes.count)
        }
        return true
    }

    /// Whether the header of a batch later than the next one lies behind `offset`.
    private func holdsLaterBatch(_ file: File, behind offset: UInt64) throws(RecoveryFailure) -> Bool {
        let seed = file.header.seed
        var offset = offset + 8
        while offset + UInt64(BatchHeader.size) <= file.size {
            let bytes = try read(file.path, offset: offset, count: FileWindow.sliceSize + BatchHeader.size)
            let places = stride(from: 0, through: bytes.count - BatchHeader.size, by: 8)
            for place in places where BatchHeader.hasMagic(bytes, at: place) {
                if let header = BatchHeader(bytes, at: place, seed: seed), header.number > log.nextBatch { return true }
            }
            offset += UInt64(FileWindow.sliceSize)
        }
        return false
    }
}
