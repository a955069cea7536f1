/// Why bytes are not what they should be. Nothing was changed by looking at them.
package enum CodecFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Too short, too long, or another beginning than ours: somebody else's bytes.
    case notAFrame(String)
    /// Written by a version of the format that this program does not know.
    case unsupportedVersion(UInt8)
    /// The checksum does not fit: damaged on the way.
    case damaged
    /// A kind of message that does not exist, or a response where a request belongs.
    case unknownKind(UInt8)
    /// Undamaged, yet not an encoding of anything: the text names the field and what is wrong with it.
    case malformed(String)

    package var description: String {
        switch self {
        case .notAFrame(let reason): "not a message between raftd nodes: \(reason)"
        case .unsupportedVersion(let version): "version \(version) of the format is not known here; upgrade this node"
        case .damaged: "the checksum does not fit: the bytes were damaged on the way"
        case .unknownKind(let kind): "kind \(kind) is not expected here"
        case .malformed(let reason): reason
        }
    }
}
