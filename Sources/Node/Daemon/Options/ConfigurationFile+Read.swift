import Raft
import Storage

extension ConfigurationFile {
    /// A file of more than this is not a configuration.
    private static let maximumSize = 1 << 20

    /// The contents of a file.
    /// - Throws: what keeps it from being read; exit 78.
    static func read(_ path: String) throws(StartFailure) -> [UInt8] {
        do throws(DiskReadFailure) {
            return try FileReader.contents(of: path, maximumSize: maximumSize)
        } catch {
            throw refusal(path, "cannot be read: \(error.reason)")
        }
    }
}
