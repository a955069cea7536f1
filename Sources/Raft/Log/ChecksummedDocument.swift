import Bytes

/// Small files in the data directory: one JSON object on one line, whose last member `crc32c` is the CRC-32C of the object
/// without it, in eight hexadecimal digits. Only the bytes that `encode` writes are accepted: any change is damage.
enum ChecksummedDocument {
    private static let checksumKey = "crc32c"

    static func encode(_ members: [JSONObject.Member]) -> [UInt8] {
        let body = JSONValue.object(JSONObject(members)).encoded
        let checksum = CRC32C.checksum(body)
        let digits = Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
        let sealed = members + [JSONObject.Member(key: checksumKey, value: .string(digits))]
        return JSONValue.object(JSONObject(sealed)).encoded + [UInt8(ascii: "\n")]
    }

    /// The members before the checksum.
    /// - Throws: why `bytes`, the contents of the file at `path`, are not what was written.
    static func decode(_ bytes: [UInt8], path: String) throws(CorruptionError) -> JSONObject {
        var object = try parse(bytes, path: path)
        object[checksumKey] = nil
        guard encode(object.members) == bytes else {
            throw CorruptionError(path: path, offset: 0, reason: "the checksum does not match the contents")
        }
        return object
    }

    /// The object in `bytes`, whatever its checksum.
    static func parse(_ bytes: [UInt8], path: String) throws(CorruptionError) -> JSONObject {
        let value: JSONValue
        do throws(JSONParser.Failure) {
            value = try JSONParser.parse(bytes)
        } catch {
            throw CorruptionError(path: path, offset: UInt64(error.offset), reason: error.reason)
        }
        guard let object = value.object else {
            throw CorruptionError(path: path, offset: 0, reason: "this is no JSON object")
        }
        return object
    }
}

/// Files that are replaced as a whole: a reader finds the old contents or the new ones, never a mixture.
package enum ReplacedFile {
    private static let suffix = ".tmp"

    /// Durable once all of it is done, in order.
    static func replace(_ path: String, with bytes: [UInt8]) -> [DiskOperation] {
        let temporary = path + suffix
        return [
            .create(path: temporary),
            .write(path: temporary, offset: 0, bytes: bytes),
            .sync(path: temporary),
            .rename(from: temporary, to: path),
            .syncDirectory(path: ""),
        ]
    }

    /// The contents of a small file, or `nil` when there is none.
    package static func contents(of path: String, in image: some DirectoryImage) throws(DiskReadFailure) -> [UInt8]? {
        guard let size = try image.size(of: path) else { return nil }
        return try image.read(path, offset: 0, count: Int(size))
    }

    /// Removes what a crash left of replacements, and makes the names that are found durable; `FORMAT` tells the current format then.
    /// To be performed before the first replacement of a run, on a directory whose `FORMAT` was found sound.
    package static func repairs(in image: some DirectoryImage) throws(DiskReadFailure) -> [DiskOperation] {
        let temporary = [MetaFile.path, PeersFile.path, FormatFile.path].map { $0 + suffix }
        let leftovers = try image.names(in: "").filter(temporary.contains)
        return leftovers.map { .remove(path: $0) } + [.syncDirectory(path: "")]
            + (try FormatFile.upgrade(in: image))
    }
}
