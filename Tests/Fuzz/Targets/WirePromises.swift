import Bytes
import Raft
import StateMachine

/// Of what nodes send each other and keep in the log: what decodes is spelled in one way only.
enum WirePromises {
    /// Frames as they are, and with a checksum that fits: whoever attacks can sum.
    static func checkFrames(_ bytes: [UInt8]) throws {
        for frame in [bytes, Seals.frame(bytes)] {
            if let request = decoded({ () throws(CodecFailure) in try PeerCodec.decodeRequest(frame) }) {
                try promise(PeerCodec.encode(request) == frame, "a request that is spelled in two ways: \(request)")
            }
            if let response = decoded({ () throws(CodecFailure) in try PeerCodec.decodeResponse(frame) }) {
                try promise(PeerCodec.encode(response) == frame, "a response that is spelled in two ways: \(response)")
            }
        }
    }

    /// Configurations and outcomes. What an older version spelled otherwise is read, and spelled anew.
    static func checkValues(_ bytes: [UInt8]) throws {
        if let value = decoded({ () throws(CodecFailure) in try ConfigurationCodec.decode(bytes) }) {
            let again = decoded { () throws(CodecFailure) in
                try ConfigurationCodec.decode(ConfigurationCodec.encode(value))
            }
            try promise(again == value, "a configuration changes when it is spelled anew: \(value)")
        }
        if let value = decoded({ () throws(ByteReader.Failure) in try Outcome.decode(bytes) }) {
            let again = decoded { () throws(ByteReader.Failure) in try Outcome.decode(value.encode()) }
            try promise(again == value, "an outcome changes when it is spelled anew: \(value)")
        }
        if let value = decoded({ () throws(ByteReader.Failure) in try Command.decode(bytes) }) {
            let again = decoded { () throws(ByteReader.Failure) in try Command.decode(value.encode()) }
            try promise(again == value, "a command changes when it is spelled anew: \(value)")
        }
    }

    /// `nil` for a refusal: why does not matter here.
    private static func decoded<Value, Failure>(_ decode: () throws(Failure) -> Value) -> Value? {
        do throws(Failure) {
            return try decode()
        } catch {
            return nil
        }
    }
}
