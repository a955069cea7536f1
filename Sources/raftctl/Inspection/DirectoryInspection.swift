import Raft
import Storage

/// The small files of a data directory, and what is wrong with them. Nothing is changed.
struct DirectoryInspection {
    let path: String
    let image: FileDirectoryImage
    private(set) var format: FormatFile?
    private(set) var hardState: HardState?
    private(set) var peers: [PeersFile.Peer] = []
    /// What does not verify, one line each.
    var damages: [String] = []

    /// - Throws: when there is no data directory at `path`, nor exactly one below it.
    init(_ path: String) throws(ToolFailure) {
        self.path = try DirectoryInspection.find(path)
        image = FileDirectoryImage(directory: self.path)
        readFormat()
        readHardState()
        readPeers()
    }

    /// The directory itself, or the only node's directory in it: the value of `--session-db-path` will do.
    private static func find(_ path: String) throws(ToolFailure) -> String {
        do throws(DiskReadFailure) {
            let names = try FileDirectoryImage(directory: path).names(in: "")
            let known = [FormatFile.path, MetaFile.path, PeersFile.path, "raft_log", "data"]
            if names.contains(where: known.contains) { return path }
            let nodes = names.filter { $0.hasPrefix("cluster-") || $0 == "sessions" }
            if nodes.count == 1 { return "\(path)/\(nodes[0])" }
            let what =
                nodes.isEmpty ? "no raftd data directory" : "the place of several: \(nodes.joined(separator: ", "))"
            throw DiskReadFailure(path: path, reason: what)
        } catch {
            throw ToolFailure("\(error)")
        }
    }

    private mutating func readFormat() {
        guard let bytes = contents(of: FormatFile.path) else { return }
        do throws(FormatFile.Failure) {
            format = try FormatFile.decode(bytes)
        } catch {
            damages.append("\(error)")
        }
    }

    private mutating func readHardState() {
        do throws(RecoveryFailure) {
            hardState = try MetaFile.read(from: image)
            if hardState == nil { damages.append("\(MetaFile.path): it is missing") }
        } catch {
            damages.append("\(error)")
        }
    }

    private mutating func readPeers() {
        guard let bytes = contents(of: PeersFile.path) else { return }
        do throws(CorruptionError) {
            peers = try PeersFile.decode(bytes)
        } catch {
            damages.append("\(error)")
        }
    }

    private mutating func contents(of name: String) -> [UInt8]? {
        do throws(DiskReadFailure) {
            if let bytes = try ReplacedFile.contents(of: name, in: image) { return bytes }
            damages.append("\(name): it is missing")
            return nil
        } catch {
            damages.append("\(error)")
            return nil
        }
    }
}
