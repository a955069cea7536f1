import Bytes

/// `FORMAT`: whose directory this is, and in which format. One line of JSON,
/// `{"format_version":2,"node_id":"n1","instance_id":"<32 hex>","cluster_id":"<32 hex>","crc32c":"<8 hex>"}`; the cluster is
/// `null` until the first configuration entry is durable.
package struct FormatFile: Sendable, Equatable {
    package static let path = "FORMAT"

    /// The format that this program writes. It covers all files of the directory.
    package static let currentVersion: UInt64 = 2
    /// The oldest that it reads: it had no snapshots, so its log is whole.
    package static let oldestVersion: UInt64 = 1

    package let nodeID: String
    package let instance: InstanceID
    /// `.none` for a node that belongs to no cluster yet.
    package var clusterID: ClusterID

    package init(nodeID: String, instance: InstanceID, clusterID: ClusterID) {
        self.nodeID = nodeID
        self.instance = instance
        self.clusterID = clusterID
    }

    /// Why a directory cannot be used.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case corruption(CorruptionError)
        case newer(version: UInt64)

        package var description: String {
            switch self {
            case .corruption(let error): error.description
            case .newer(let version):
                "the data directory has format \(version), written by a newer raftd; this one knows formats up to "
                    + "\(FormatFile.currentVersion): run the newer raftd"
            }
        }
    }

    package func encode() -> [UInt8] {
        ChecksummedDocument.encode([
            JSONObject.Member(key: "format_version", value: JSONValue(Self.currentVersion)),
            JSONObject.Member(key: "node_id", value: .string(nodeID)),
            JSONObject.Member(key: "instance_id", value: .string(instance.description)),
            JSONObject.Member(
                key: "cluster_id", value: clusterID == .none ? .null : .string(clusterID.description)),
        ])
    }

    /// - Throws: `.newer` whatever else such a file holds; `.corruption` when it is not what `encode` wrote.
    package static func decode(_ bytes: [UInt8]) throws(Failure) -> FormatFile {
        let newer: UInt64
        do throws(CorruptionError) {
            let version = try ChecksummedDocument.parse(bytes, path: path)["format_version"]?.uint64 ?? 0
            guard version > currentVersion else { return try decodeKnown(bytes) }
            newer = version
        } catch {
            throw .corruption(error)
        }
        throw .newer(version: newer)
    }

    private static func decodeKnown(_ bytes: [UInt8]) throws(CorruptionError) -> FormatFile {
        let object = try ChecksummedDocument.decode(bytes, path: path)
        guard let version = object["format_version"]?.uint64, (oldestVersion...currentVersion).contains(version),
            object.members.count == 4,
            let nodeID = object["node_id"]?.string,
            let instance = object["instance_id"]?.string.flatMap(RandomID.init(hex:)),
            let cluster = object["cluster_id"]
        else { throw corruption("it does not hold node_id, instance_id and cluster_id of a known format") }
        if cluster.isNull { return FormatFile(nodeID: nodeID, instance: instance, clusterID: .none) }
        guard let clusterID = cluster.string.flatMap(RandomID.init(hex:)) else {
            throw corruption("cluster_id is no id")
        }
        return FormatFile(nodeID: nodeID, instance: instance, clusterID: clusterID)
    }

    /// What has a directory of an older format say that it is of the current one, before anything of that is in it.
    static func upgrade(in image: some DirectoryImage) throws(DiskReadFailure) -> [DiskOperation] {
        guard let bytes = try ReplacedFile.contents(of: path, in: image) else { return [] }
        do throws(Failure) {
            let format = try decode(bytes)
            return format.encode() == bytes ? [] : format.operations()
        } catch {
            // Whoever uses the directory judges what is wrong with it, and does not come as far as to perform this.
            return []
        }
    }

    /// Replaces the file, atomically.
    package func operations() -> [DiskOperation] {
        ReplacedFile.replace(Self.path, with: encode())
    }

    private static func corruption(_ reason: String) -> CorruptionError {
        CorruptionError(path: path, offset: 0, reason: reason)
    }
}
