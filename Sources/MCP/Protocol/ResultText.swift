import Bytes
import Documents

/// Results as JSON objects, with what each revision demands of every result.
enum ResultText {
    /// How long a client may keep a list, in milliseconds. What agents write shows at once, so only what never changes is kept.
    static let unchangingMilliseconds: UInt64 = 3_600_000

    /// - Parameter caching: for how long it may be kept, for results that must say so; `nil` for all others.
    static func object(
        _ revision: ProtocolRevision, _ server: Implementation, caching milliseconds: UInt64? = nil,
        _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        write(&json)
        if !revision.hasHandshake {
            json.pair("resultType", "complete")
            if let milliseconds {
                json.pair("ttlMs", milliseconds)
                json.pair("cacheScope", "private")
            }
            json.key("_meta")
            json.beginObject()
            json.key(Envelope.serverInfoKey)
            server.json(revision).write(to: &json)
            json.endObject()
        }
        json.endObject()
        return json.bytes
    }
}
