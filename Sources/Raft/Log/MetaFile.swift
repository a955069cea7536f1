import Bytes

/// `raft_meta`: the hard state. One line of JSON,
/// `{"current_term":7,"voted_for":"n1","voted_for_instance":"<32 hex>","crc32c":"<8 hex>"}`, both votes `null` without a vote.
package enum MetaFile {
    package static let path = "raft_meta"

    package static func encode(_ state: HardState) -> [UInt8] {
        ChecksummedDocument.encode([
            JSONObject.Member(key: "current_term", value: JSONValue(state.currentTerm)),
            JSONObject.Member(key: "voted_for", value: state.votedFor.map { .string($0.nodeID) } ?? .null),
            JSONObject.Member(
                key: "voted_for_instance", value: state.votedFor.map { .string($0.instance.description) } ?? .null),
        ])
    }

    /// - Throws: why `bytes` are not what `encode` wrote.
    package static func decode(_ bytes: [UInt8]) throws(CorruptionError) -> HardState {
        let object = try ChecksummedDocument.decode(bytes, path: path)
        guard let term = object["current_term"]?.uint64, let name = object["voted_for"],
            let instance = object["voted_for_instance"], object.members.count == 3
        else { throw corruption("it does not hold current_term, voted_for and voted_for_instance") }
        if name.isNull, instance.isNull { return HardState(currentTerm: term, votedFor: nil) }
        guard let nodeID = name.string, let id = instance.string.flatMap(ChecksummedDocument.randomID) else {
            throw corruption("voted_for and voted_for_instance are not an id and an instance, nor both null")
        }
        return HardState(currentTerm: term, votedFor: Identity(nodeID: nodeID, instance: id))
    }

    /// The hard state in a directory, or `nil` when it was never written.
    package static func read(from image: some DirectoryImage) throws(RecoveryFailure) -> HardState? {
        let bytes: [UInt8]?
        do throws(DiskReadFailure) {
            bytes = try ReplacedFile.contents(of: path, in: image)
        } catch {
            throw .disk(error)
        }
        guard let bytes else { return nil }
        do throws(CorruptionError) {
            return try decode(bytes)
        } catch {
            throw .corruption(error)
        }
    }

    /// Checks that `state` is at least as new as a log that ends at `last`: it is written before any entry of its term.
    /// - Returns: `state`, or the initial one when neither it nor the log was ever written.
    package static func verify(
        _ state: HardState?, against last: LogPosition
    ) throws(CorruptionError) -> HardState {
        guard let state else {
            if last.index > 0 { throw corruption("it is missing, though the log holds entries up to \(last)") }
            return .initial
        }
        guard state.currentTerm >= last.term else {
            throw corruption("its term \(state.currentTerm) is older than the log, which ends at \(last)")
        }
        return state
    }

    /// Makes `state` durable, atomically.
    package static func operations(for state: HardState) -> [DiskOperation] {
        ReplacedFile.replace(path, with: encode(state))
    }

    private static func corruption(_ reason: String) -> CorruptionError {
        CorruptionError(path: path, offset: 0, reason: reason)
    }
}
