import Bytes

/// `raft_meta`: the hard state. One line of JSON,
/// `{"current_term":7,"voted_for":"n1","voted_for_instance":"<32 hex>","crc32c":"<8 hex>"}`, both votes `null` without a vote, with
/// spaces behind it up to a page.
///
/// A node must be able to vote when its disk is full. So every hard state takes the blocks of the one before the last: it is written
/// over the file `raft_meta.spare`, and the two change names.
package enum MetaFile {
    package static let path = "raft_meta"
    /// The hard state before the last; what it says does not matter.
    package static let sparePath = "raft_meta.spare"
    /// A second name of the hard state that is being replaced, for a moment.
    static let oldPath = "raft_meta.old"

    /// Of the file and of the spare one, in bytes: no state is longer, so neither ever grows.
    static let size = 4096

    package static func encode(_ state: HardState) -> [UInt8] {
        var bytes = encodeUnpadded(state)
        precondition(bytes.count <= size, "a hard state of \(bytes.count) bytes: the node id is too long")
        bytes.insert(contentsOf: [UInt8](repeating: UInt8(ascii: " "), count: size - bytes.count), at: bytes.count - 1)
        return bytes
    }

    /// As format 1 has it.
    private static func encodeUnpadded(_ state: HardState) -> [UInt8] {
        ChecksummedDocument.encode([
            JSONObject.Member(key: "current_term", value: JSONValue(state.currentTerm)),
            JSONObject.Member(key: "voted_for", value: state.votedFor.map { .string($0.nodeID) } ?? .null),
            JSONObject.Member(
                key: "voted_for_instance", value: state.votedFor.map { .string($0.instance.description) } ?? .null),
        ])
    }

    /// - Throws: why `bytes` are not what `encode` wrote, in this format or the one before.
    package static func decode(_ bytes: [UInt8]) throws(CorruptionError) -> HardState {
        var document = bytes
        if bytes.count == size, bytes.last == UInt8(ascii: "\n") {
            let end = bytes.dropLast().lastIndex { $0 != UInt8(ascii: " ") } ?? -1
            document = bytes[...end] + [UInt8(ascii: "\n")]
        }
        let object = try ChecksummedDocument.decode(document, path: path)
        guard let term = object["current_term"]?.uint64, let name = object["voted_for"],
            let instance = object["voted_for_instance"], object.members.count == 3
        else { throw corruption("it does not hold current_term, voted_for and voted_for_instance") }
        guard term <= LogPosition.maximumTerm else { throw corruption("its term is \(term), which no cluster reaches") }
        if name.isNull, instance.isNull { return HardState(currentTerm: term, votedFor: nil) }
        guard let nodeID = name.string, let id = instance.string.flatMap(RandomID.init(hex:)) else {
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

    /// Makes `state` durable, atomically, in a directory that may have none yet.
    package static func operations(for state: HardState) -> [DiskOperation] {
        ReplacedFile.replace(path, with: encode(state))
    }

    /// Makes `state` durable, atomically and without asking the file system for space.
    /// - Precondition: what ``repairs(in:)`` told has been performed in this directory.
    package static func operationsInPlace(for state: HardState) -> [DiskOperation] {
        [
            .write(path: sparePath, offset: 0, bytes: encode(state)),
            .sync(path: sparePath),
            .link(from: path, to: oldPath),
            .rename(from: sparePath, to: path),
            .rename(from: oldPath, to: sparePath),
            .syncDirectory(path: ""),
        ]
    }

    /// Has a directory hold a hard state and a spare file of the right size, and nothing that a crash left. To be performed before the
    /// first ``operationsInPlace(for:)`` of a run. Takes space only when the node starts for the first time, or had a crash while it did.
    /// - Precondition: what is there was found sound by ``verify(_:against:)``.
    package static func repairs(in image: some DirectoryImage) throws(RecoveryFailure) -> [DiskOperation] {
        let state = try read(from: image)
        let contents: [UInt8]?
        let spare: [UInt8]?
        let old: [UInt8]?
        do throws(DiskReadFailure) {
            contents = try ReplacedFile.contents(of: path, in: image)
            spare = try ReplacedFile.contents(of: sparePath, in: image)
            old = try ReplacedFile.contents(of: oldPath, in: image)
        } catch {
            throw .disk(error)
        }
        // Equal contents may mean one file with two names, which must not be written over.
        let isUsable = { (file: [UInt8]?) in file?.count == size && file != contents }
        var operations: [DiskOperation] = []
        if isUsable(spare) {
            if old != nil { operations.append(.remove(path: oldPath)) }
        } else if spare == nil, isUsable(old) {
            operations.append(.rename(from: oldPath, to: sparePath))
        } else {
            if old != nil { operations.append(.remove(path: oldPath)) }
            if spare != nil { operations.append(.remove(path: sparePath)) }
            operations.append(.create(path: sparePath))
            operations.append(.writeZeros(path: sparePath, offset: 0, count: UInt64(size)))
        }
        operations += [.sync(path: sparePath), .syncDirectory(path: "")]
        if contents?.count != size { operations += self.operations(for: state ?? .initial) }
        return operations
    }

    private static func corruption(_ reason: String) -> CorruptionError {
        CorruptionError(path: path, offset: 0, reason: reason)
    }
}
