import Bytes

/// What this server says of itself.
struct Implementation: Sendable {
    let version: String

    func json(_ revision: ProtocolRevision) -> JSONValue {
        revision >= .june2025
            ? ["name": "raftd", "title": "raftd", "version": .string(version)]
            : ["name": "raftd", "version": .string(version)]
    }
}
