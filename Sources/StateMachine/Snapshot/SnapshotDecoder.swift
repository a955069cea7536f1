import Bytes

/// Reads what ``SnapshotEncoder`` writes, in pieces of any size. Of anything else nothing comes but the reason.
///
/// Memory: the state, and a frame.
package struct SnapshotDecoder: Sendable {
    private var content: SnapshotContent
    /// Not looked at yet: less than a frame.
    private var pending: [UInt8] = []
    /// Where `pending` begins.
    private var offset: UInt64 = 0
    private var hasPrologue = false
    /// Of all before `pending`.
    private var crc = CRC32C()

    package init() { self.init(StateMachine.View()) }

    /// - Parameter view: an empty one, whose limits hold.
    init(_ view: StateMachine.View) { content = SnapshotContent(view) }

    /// Takes the next bytes.
    /// - Throws: when a frame is damaged, or is none that an encoder writes; the decoder is of no use then.
    /// - Complexity: O(bytes).
    package mutating func add(_ bytes: ArraySlice<UInt8>) throws(SnapshotFailure) {
        pending.append(contentsOf: bytes)
        var start = 0
        while let end = try frameEnd(from: start) {
            let frame = pending[start..<end]
            if hasPrologue {
                try take(frame, at: offset + UInt64(start))
            } else {
                try checkPrologue(frame)
                hasPrologue = true
            }
            crc.update(frame)
            start = end
        }
        pending.removeSubrange(..<start)
        offset += UInt64(start)
    }

    /// The state, when all bytes were added.
    /// - Returns: also how many bytes there were, and their CRC-32C.
    /// - Throws: when the end is missing.
    package mutating func finish() throws(SnapshotFailure) -> (StateMachine, size: UInt64, checksum: UInt32) {
        let size = offset + UInt64(pending.count)
        guard content.isWhole, pending.isEmpty, let view = content.takeView() else {
            throw SnapshotFailure(offset: size, reason: "the snapshot ends here, in the middle")
        }
        return (StateMachine(view), size, crc.value)
    }

    /// Where the frame ends that begins at `start`; `nil` while its end has not come.
    private func frameEnd(from start: Int) throws(SnapshotFailure) -> Int? {
        let available = pending.count - start
        guard hasPrologue else {
            return available >= SnapshotFormat.prologueSize ? SnapshotFormat.prologueSize : nil
        }
        guard !content.isWhole || available == 0 else {
            throw SnapshotFailure(offset: offset + UInt64(start), reason: "bytes follow the end of the snapshot")
        }
        guard available >= SnapshotFormat.frameHeaderSize else { return nil }
        let length = pending[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        let size = SnapshotFormat.frameHeaderSize + length
        return available >= size ? start + size : nil
    }

    private mutating func checkPrologue(_ bytes: ArraySlice<UInt8>) throws(SnapshotFailure) {
        guard bytes.starts(with: SnapshotFormat.magic) else {
            throw SnapshotFailure(offset: 0, reason: "this is not a snapshot of raftd")
        }
        let version = bytes.suffix(4).reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        guard (SnapshotFormat.oldestVersion...SnapshotFormat.version).contains(version) else {
            throw SnapshotFailure(
                offset: UInt64(SnapshotFormat.magic.count),
                reason: "version \(version) of the format is not known here: upgrade this program")
        }
        content.version = version
    }

    private mutating func take(_ frame: ArraySlice<UInt8>, at offset: UInt64) throws(SnapshotFailure) {
        var header = ByteReader(frame)
        do throws(ByteReader.Failure) {
            let length = try header.readUInt32()
            let checksum = try header.readUInt32()
            let bytes = frame.dropFirst(SnapshotFormat.frameHeaderSize)
            guard checksum == SnapshotFormat.checksum(length: length, content: bytes) else {
                throw .malformed("the checksum of \(length) bytes does not fit: they are damaged")
            }
            var reader = ByteReader(bytes)
            let number = try reader.readUInt8()
            guard let kind = SnapshotFormat.Kind(number, version: content.version) else {
                throw .malformed("a frame is of the unknown kind \(number)")
            }
            if kind == .end {
                let size = try reader.readUInt64()
                let whole = try reader.readUInt32()
                guard size == offset, whole == crc.value else {
                    throw .malformed("the end belongs to another snapshot")
                }
            }
            try content.take(kind, &reader)
            try reader.expectEnd()
        } catch {
            throw SnapshotFailure(offset: offset, reason: error.description)
        }
    }
}
