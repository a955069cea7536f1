import Bytes

/// `raft_peers`: one JSON object from node id (the address of a member whose id is not known yet) to `host:port`, for people
/// and for tools. The configuration in the log is what counts.
package enum PeersFile {
    package static let path = "raft_peers"

    /// One line of the map.
    package struct Peer: Sendable, Equatable {
        /// The node id, or the address again.
        package let name: String
        package let address: String

        package init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// Should an id be another member's address, the first of the two stands.
    package static func encode(_ members: [Member]) -> [UInt8] {
        var object = JSONObject()
        for member in members where object[member.name] == nil { object[member.name] = .string(member.address) }
        return JSONValue.object(object).encoded + [UInt8(ascii: "\n")]
    }

    /// The peers in the order in which they stand.
    package static func decode(_ bytes: [UInt8]) throws(CorruptionError) -> [Peer] {
        var peers: [Peer] = []
        for member in try ChecksummedDocument.parse(bytes, path: path).members {
            guard let address = member.value.string else {
                throw CorruptionError(path: path, offset: 0, reason: "the address of \(member.key) is no text")
            }
            peers.append(Peer(name: member.key, address: address))
        }
        return peers
    }

    /// Replaces the file, atomically.
    package static func operations(for members: [Member]) -> [DiskOperation] {
        ReplacedFile.replace(path, with: encode(members))
    }
}
