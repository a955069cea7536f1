package import Raft

/// A data directory on a disk that may lose power: what is not synced may be lost, in part or as a whole.
///
/// The bytes of a file become durable with its sync, its name with that of its directory. Directories exist.
package struct SimulatedDisk: DirectoryImage, Sendable {
    /// What becomes of a directory's names.
    enum NameChange: Sendable {
        case link(name: String, file: Int)
        case rename(from: String, to: String)
        case unlink(name: String)
    }

    /// Takes the sync out: it is acknowledged and does nothing. A simulation that passes with it proves nothing.
    package var ignoresSync = false

    var files: [SimulatedFile] = []
    /// Which file bears a path; looked up, never iterated in an order that matters.
    private(set) var names: [String: Int] = [:]
    private(set) var durableNames: [String: Int] = [:]
    private(set) var pendingNames: [(directory: String, change: NameChange)] = []

    /// What was performed since this was set.
    package var recording: [DiskOperation]?

    package init() {}

    // MARK: Operations

    package mutating func perform(_ operations: some Sequence<DiskOperation>) {
        for operation in operations { perform(operation) }
    }

    /// - Precondition: the operation makes sense: what it names exists, what it creates does not.
    package mutating func perform(_ operation: DiskOperation) {
        recording?.append(operation)
        switch operation {
        case .create(let path):
            precondition(names[path] == nil, "\(path) is created, but exists")
            files.append(SimulatedFile())
            change(.link(name: path, file: files.count - 1), in: path)
        case .write(let path, let offset, let bytes):
            files[file(path)].perform(.write(offset: Int(offset), bytes: bytes))
        case .writeZeros(let path, let offset, let count):
            files[file(path)].perform(.zeros(offset: Int(offset), count: Int(count)))
        case .sync(let path):
            let file = file(path)
            if !ignoresSync { files[file].sync() }
        case .truncate(let path, let size):
            precondition(files[file(path)].contents.count >= Int(size), "a cut makes \(path) longer")
            files[file(path)].perform(.truncate(size: Int(size)))
        case .link(let source, let target):
            precondition(names[target] == nil, "\(target) is linked to \(source), but exists")
            change(.link(name: target, file: file(source)), in: target)
        case .rename(let source, let target):
            precondition(names[source] != nil, "\(source) is renamed, but does not exist")
            change(.rename(from: source, to: target), in: target)
        case .remove(let path):
            precondition(names[path] != nil, "\(path) is removed, but does not exist")
            change(.unlink(name: path), in: path)
        case .syncDirectory(let path): if !ignoresSync { syncDirectory(path) }
        }
    }

    /// Whether an operation takes space that no file has yet.
    func needsSpace(for operation: DiskOperation) -> Bool {
        switch operation {
        case .create: true
        case .write(let path, let offset, let bytes): files[file(path)].contents.count < Int(offset) + bytes.count
        case .writeZeros(let path, let offset, let count): files[file(path)].contents.count < Int(offset + count)
        default: false
        }
    }

    func file(_ path: String) -> Int {
        guard let file = names[path] else { preconditionFailure("\(path) does not exist") }
        return file
    }

    private mutating func change(_ change: NameChange, in path: String) {
        SimulatedDisk.apply(change, to: &names)
        pendingNames.append((SimulatedDisk.directory(of: path), change))
    }

    private mutating func syncDirectory(_ directory: String) {
        for (place, change) in pendingNames where place == directory { SimulatedDisk.apply(change, to: &durableNames) }
        pendingNames.removeAll { $0.directory == directory }
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .link(let name, let file): names[name] = file
        case .rename(let source, let target):
            // Two names of one file stay as they are (POSIX).
            guard let file = names[source], names[target] != file else { return }
            names[source] = nil
            names[target] = file
        case .unlink(let name): names[name] = nil
        }
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    // MARK: Crashes

    /// The power goes: everything that was not synced is undone.
    package mutating func crash() {
        for file in files.indices { files[file].crash() }
        forgetNames()
    }

    /// The power goes while the disk works: of the bytes not synced any 512-byte sectors may have made it, of the changes to names
    /// any first few.
    package mutating func crash(tearing random: inout SeededRandom) {
        for file in files.indices { files[file].crash(tearing: &random) }
        for directory in ["", "raft_log", "data"] {
            let changes = pendingNames.filter { $0.directory == directory }
            let count = Int.random(in: 0...changes.count, using: &random)
            for (_, change) in changes.prefix(count) { SimulatedDisk.apply(change, to: &durableNames) }
        }
        forgetNames()
    }

    /// The power goes: of the changes to names those are on the disk whose bits are set; what was written and not synced is lost.
    mutating func crash(keepingNames kept: UInt64) {
        for file in files.indices { files[file].crash() }
        for (place, pending) in pendingNames.enumerated() where kept >> UInt64(place) & 1 == 1 {
            SimulatedDisk.apply(pending.change, to: &durableNames)
        }
        forgetNames()
    }

    private mutating func forgetNames() {
        pendingNames = []
        names = durableNames
        // A file without a name is gone; its number stays taken.
        let named = Set(names.values)
        for file in files.indices where !named.contains(file) { files[file] = SimulatedFile() }
    }

    // MARK: DirectoryImage

    package func names(in directory: String) throws(DiskReadFailure) -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        return names.keys.filter { SimulatedDisk.directory(of: $0) == directory }
            .map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    package func size(of path: String) throws(DiskReadFailure) -> UInt64? {
        names[path].map { UInt64(files[$0].contents.count) }
    }

    package func read(_ path: String, offset: UInt64, count: Int) throws(DiskReadFailure) -> [UInt8] {
        guard let file = names[path] else { throw DiskReadFailure(path: path, reason: "there is no such file") }
        let bytes = files[file].contents
        let start = min(Int(offset), bytes.count)
        return Array(bytes[start..<min(start + count, bytes.count)])
    }
}
