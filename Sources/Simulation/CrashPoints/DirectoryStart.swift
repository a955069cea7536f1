package import Raft
package import Replica
import StateMachine

/// A node's start on a disk, as the daemon does it: leftovers, `FORMAT`, recovery, repairs.
package struct DirectoryStart {
    /// Why a node would not start.
    package struct Refusal: Error, CustomStringConvertible {
        package let message: String
        /// Where the damage is, if that is why.
        package let corruption: CorruptionError?

        package var description: String { message }
    }

    let format: FormatFile
    package let start: ReplicaStart
    /// All that the start had the disk do, in order.
    let operations: [DiskOperation]
    /// The disk after that.
    package let disk: SimulatedDisk

    /// - Parameter newcomer: who an empty directory belongs to.
    package init(on disk: SimulatedDisk, newcomer: FormatFile, settings: SegmentedLog.Settings) throws(Refusal) {
        var disk = disk
        disk.recording = []
        do {
            try DirectoryStart.perform(try ReplacedFile.repairs(in: disk), on: &disk)
            format = try DirectoryStart.format(on: &disk, newcomer: newcomer)
            start = try ReplicaStart.recover(
                identity: Identity(nodeID: format.nodeID, instance: format.instance),
                formation: Formation(
                    identity: Identity(nodeID: format.nodeID, instance: format.instance), address: "n1:7000",
                    isAddressExplicit: false, peers: []),
                cluster: format.clusterID, image: disk, settings: settings)
            try DirectoryStart.perform(start.repairs, on: &disk)
        } catch let refusal as Refusal {
            throw refusal
        } catch let failure as RecoveryFailure {
            if case .corruption(let corruption) = failure {
                throw Refusal(message: corruption.description, corruption: corruption)
            }
            throw Refusal(message: failure.description, corruption: nil)
        } catch {
            throw Refusal(message: "\(error)", corruption: nil)
        }
        operations = disk.recording ?? []
        disk.recording = nil
        self.disk = disk
    }

    private static func format(
        on disk: inout SimulatedDisk, newcomer: FormatFile
    ) throws -> FormatFile {
        if let contents = try ReplacedFile.contents(of: FormatFile.path, in: disk) {
            do throws(FormatFile.Failure) {
                return try FormatFile.decode(contents)
            } catch {
                guard case .corruption(let corruption) = error else {
                    throw Refusal(message: error.description, corruption: nil)
                }
                throw Refusal(message: error.description, corruption: corruption)
            }
        }
        guard let data = disk.paths.first(where: { $0 != FormatFile.path }) else {
            try perform(newcomer.operations(), on: &disk)
            return newcomer
        }
        throw Refusal(message: "there is no FORMAT, but \(data)", corruption: nil)
    }

    /// Performs operations that make sense.
    /// - Throws: what is wrong with one, where the daemon would stop or worse.
    static func perform(_ operations: [DiskOperation], on disk: inout SimulatedDisk) throws(Refusal) {
        for operation in operations {
            if let objection = disk.objection(to: operation) {
                throw Refusal(message: "\(operation.summary) is asked for, but \(objection)", corruption: nil)
            }
            disk.perform(operation)
        }
    }
}

extension DiskOperation {
    /// For a person: what, where, how much.
    var summary: String {
        switch self {
        case .create(let path): "create \(path)"
        case .write(let path, let offset, let bytes): "write \(bytes.count) bytes at \(offset) of \(path)"
        case .writeZeros(let path, let offset, let count): "write \(count) zeros at \(offset) of \(path)"
        case .sync(let path): "sync \(path)"
        case .truncate(let path, let size): "truncate \(path) to \(size)"
        case .link(let from, let to): "link \(from) to \(to)"
        case .rename(let from, let to): "rename \(from) to \(to)"
        case .remove(let path): "remove \(path)"
        case .syncDirectory(let path): "sync the directory \(path.isEmpty ? "." : path)"
        }
    }
}
