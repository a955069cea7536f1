import Bytes
import Raft
import StateMachine
import Storage

/// A snapshot file, verified as a whole.
struct SnapshotInspection {
    let path: String
    let size: UInt64
    /// The state in it; `nil` when it does not verify.
    private(set) var machine: StateMachine?
    /// What is wrong with it.
    private(set) var damage: String?

    /// The snapshots of a directory, oldest first.
    static func all(in image: FileDirectoryImage) -> [SnapshotInspection] {
        do throws(DiskReadFailure) {
            let names = try image.names(in: SnapshotFile.directory).filter { SnapshotFile.parse($0) != nil }
            return names.map { SnapshotInspection("\(SnapshotFile.directory)/\($0)", image) }
        } catch {
            return [SnapshotInspection(path: SnapshotFile.directory, size: 0, machine: nil, damage: "\(error)")]
        }
    }

    private init(path: String, size: UInt64, machine: StateMachine?, damage: String?) {
        self.path = path
        self.size = size
        self.machine = machine
        self.damage = damage
    }

    private init(_ path: String, _ image: FileDirectoryImage) {
        do throws(ToolFailure) {
            let machine = try SnapshotReader.state(in: path, of: image)
            self.init(path: path, size: SnapshotInspection.size(of: path, image), machine: machine, damage: nil)
        } catch {
            self.init(path: path, size: SnapshotInspection.size(of: path, image), machine: nil, damage: error.message)
        }
    }

    /// 0 when even that cannot be read.
    private static func size(of path: String, _ image: FileDirectoryImage) -> UInt64 {
        do throws(DiskReadFailure) {
            return try image.size(of: path) ?? 0
        } catch {
            return 0
        }
    }

    var words: String {
        guard let machine else { return "does not verify" }
        return "\(size) bytes, up to \(machine.lastApplied), \(machine.count) keys"
    }

    var json: JSONValue {
        var object = JSONObject()
        object["path"] = .string(path)
        object["bytes"] = JSONValue(size)
        object["last_applied"] = machine.map { JSONValue($0.lastApplied) } ?? .null
        object["keys"] = machine.map { JSONValue(UInt64($0.count)) } ?? .null
        return .object(object)
    }
}
