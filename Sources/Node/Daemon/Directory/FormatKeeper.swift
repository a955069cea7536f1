import Raft
import Storage

/// Reads the `FORMAT` of a locked data directory, or writes the first one.
struct FormatKeeper {
    let directory: String

    private var image: FileDirectoryImage { FileDirectoryImage(directory: directory) }

    /// What is in `FORMAT`; an empty directory becomes a new instance of the node.
    /// - Throws: exit 65 when it is damaged or missing beside data; exit 1 when it is newer, another node's, or cannot be read.
    func format(nodeID: String) throws(StartFailure) -> FormatFile {
        let leftovers: [DiskOperation]
        let contents: [UInt8]?
        let data: [String]
        do throws(DiskReadFailure) {
            leftovers = try ReplacedFile.repairs(in: image)
            let size = try image.size(of: FormatFile.path)
            contents = if let size { try image.read(FormatFile.path, offset: 0, count: Int(size)) } else { nil }
            data = try namesOfData()
        } catch {
            throw StartFailure("\(error): check the disk and the permissions", status: .failure)
        }
        if let contents {
            let format = try decode(contents, nodeID: nodeID)
            try perform(leftovers)
            return format
        }
        guard data.isEmpty else {
            throw StartFailure(
                "\(directory) has no \(FormatFile.path), but \(data.joined(separator: ", ")): restore the file, or choose an empty directory",
                status: .corruption)
        }
        let format = FormatFile(nodeID: nodeID, instance: .random(), clusterID: .none)
        try perform(leftovers + format.operations())
        return format
    }

    /// What is in `FORMAT`. Changes nothing.
    /// - Throws: as `format`; exit 1 also when there is none.
    func existing(nodeID: String) throws(StartFailure) -> FormatFile {
        let contents: [UInt8]?
        do throws(DiskReadFailure) {
            let size = try image.size(of: FormatFile.path)
            contents = if let size { try image.read(FormatFile.path, offset: 0, count: Int(size)) } else { nil }
        } catch {
            throw StartFailure("\(error): check the disk and the permissions", status: .failure)
        }
        guard let contents else {
            throw StartFailure("\(directory) has no \(FormatFile.path): it is no data directory", status: .failure)
        }
        return try decode(contents, nodeID: nodeID)
    }

    private func decode(_ contents: [UInt8], nodeID: String) throws(StartFailure) -> FormatFile {
        let format: FormatFile
        do throws(FormatFile.Failure) {
            format = try FormatFile.decode(contents)
        } catch {
            switch error {
            case .corruption(let error): throw StartFailure("\(directory)/\(error)", status: .corruption)
            case .newer: throw StartFailure("\(directory): \(error)", status: .failure)
            }
        }
        guard format.nodeID == nodeID else {
            throw StartFailure(
                "\(directory) belongs to node \(format.nodeID), not to \(nodeID): give --node-id \(format.nodeID), or another --session-db-path",
                status: .failure)
        }
        return format
    }

    /// What can only have been written beside a `FORMAT`.
    private func namesOfData() throws(DiskReadFailure) -> [String] {
        var names = try image.names(in: "").filter { [MetaFile.path, PeersFile.path].contains($0) }
        for folder in [SegmentedLog.directory, SnapshotFile.directory] where try !image.names(in: folder).isEmpty {
            names.append(folder)
        }
        return names
    }

    private func perform(_ operations: [DiskOperation]) throws(StartFailure) {
        try DiskFailure.atStart { () throws(DiskFailure) in
            _ = try DiskExecutor(directory: directory, keepsFilesOpen: false).perform(operations).get()
        }
    }
}
