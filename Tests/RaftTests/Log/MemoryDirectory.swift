import Raft

/// A data directory in memory: performs operations as the node does, and can be damaged.
struct MemoryDirectory: DirectoryImage, Equatable {
    var files: [String: [UInt8]] = [:]
    /// Reads fail for this path.
    var unreadable: String?

    func names(in directory: String) throws(DiskReadFailure) -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        return files.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            .filter { !$0.contains("/") }.sorted()
    }

    func size(of path: String) throws(DiskReadFailure) -> UInt64? { files[path].map { UInt64($0.count) } }

    func read(_ path: String, offset: UInt64, count: Int) throws(DiskReadFailure) -> [UInt8] {
        guard path != unreadable, let bytes = files[path] else {
            throw DiskReadFailure(path: path, reason: "cannot be read")
        }
        let start = min(Int(offset), bytes.count)
        return Array(bytes[start..<min(start + count, bytes.count)])
    }

    mutating func perform(_ operations: some Sequence<DiskOperation>) {
        for operation in operations { perform(operation) }
    }

    mutating func perform(_ operation: DiskOperation) {
        switch operation {
        case .create(let path):
            precondition(files[path] == nil, "\(path) exists already")
            files[path] = []
        case .write(let path, let offset, let bytes):
            write(path, offset: Int(offset), bytes: bytes)
        case .writeZeros(let path, let offset, let count):
            write(path, offset: Int(offset), bytes: [UInt8](repeating: 0, count: Int(count)))
        case .sync(let path):
            precondition(files[path] != nil, "\(path) does not exist")
        case .truncate(let path, let size):
            precondition(files[path].map { $0.count >= Int(size) } == true, "a cut makes \(path) longer")
            files[path]?.removeSubrange(Int(size)...)
        case .link(let source, let target):
            precondition(files[target] == nil, "\(target) exists already")
            files[target] = files[source]
        case .rename(let source, let target):
            files[target] = files.removeValue(forKey: source)
        case .remove(let path):
            precondition(files.removeValue(forKey: path) != nil, "\(path) does not exist")
        case .syncDirectory:
            break
        }
    }

    /// Whether an operation takes space that no file has yet.
    func needsSpace(for operation: DiskOperation) -> Bool {
        switch operation {
        case .create: true
        case .write(let path, let offset, let bytes): (files[path]?.count ?? 0) < Int(offset) + bytes.count
        case .writeZeros(let path, let offset, let count): (files[path]?.count ?? 0) < Int(offset + count)
        default: false
        }
    }

    mutating func write(_ path: String, offset: Int, bytes: [UInt8]) {
        guard var file = files[path] else { preconditionFailure("\(path) does not exist") }
        if file.count < offset { file += [UInt8](repeating: 0, count: offset - file.count) }
        file.replaceSubrange(offset..<min(file.count, offset + bytes.count), with: bytes)
        files[path] = file
    }

    /// The states that a crash may leave of `operations`, performed on this directory whose contents are all durable: it falls into
    /// any of them, and of the names that were changed and not synced any may have changed.
    func crashes(during operations: [DiskOperation], using random: inout SeededRandom) -> [MemoryDirectory] {
        var states = [self]
        /// With all names as of the last sync, and all contents.
        var durable = self
        var changes: [DiskOperation] = []
        for operation in operations {
            switch operation {
            case .rename, .remove, .link: changes.append(operation)
            case .syncDirectory:
                durable.perform(changes)
                changes = []
            case .sync: break
            default:
                if case .create(let path) = operation, durable.files[path] != nil {
                    // A name is free for good when another file has it.
                    durable.perform(changes)
                    changes = []
                }
                states += durable.torn(by: operation, using: &random)
                durable.perform(operation)
            }
            let sets: [UInt64] =
                changes.count <= 6
                ? Array(0..<(1 << UInt64(changes.count))) : (0..<64).map { _ in random.next() }
            for set in sets {
                var state = durable
                for (place, change) in changes.enumerated() where set >> UInt64(place) & 1 == 1 {
                    state.perform(change)
                }
                states.append(state)
            }
        }
        return states
    }

    /// Turns one bit over.
    mutating func flip(_ path: String, at offset: Int, bit: Int = 0) {
        files[path]?[offset] ^= 1 << UInt8(bit)
    }

    /// What a crash may leave when it falls into `operation`, which comes after everything in this directory is synced: nothing
    /// of it, and for a write its prefixes (all of them where the headers are, and of what is small) and sets of its sectors of
    /// 512 bytes.
    func torn(by operation: DiskOperation, using random: inout SeededRandom) -> [MemoryDirectory] {
        guard case .write(let path, let offset, let bytes) = operation else { return [self] }
        let prefixes = bytes.indices.filter { $0 < 180 || $0 % 37 == 0 || $0 > bytes.count - 10 }
        var states = prefixes.map { count in
            var state = self
            state.write(path, offset: Int(offset), bytes: Array(bytes[..<count]))
            return state
        }
        let firstSector = Int(offset) / 512
        let sectors = (Int(offset) + bytes.count - 1) / 512 - firstSector + 1
        guard sectors > 1 else { return states }
        let masks = sectors <= 4 ? Array(1..<(1 << UInt64(sectors))) : (0..<16).map { _ in random.next() }
        for mask in masks {
            // A sector that is missing holds what it held, or zeros where the file has grown.
            let old = (files[path] ?? []).dropFirst(Int(offset)).prefix(bytes.count)
            let before = old + [UInt8](repeating: 0, count: bytes.count - old.count)
            var kept = bytes
            for place in bytes.indices {
                let sector = (Int(offset) + place) / 512 - firstSector
                if mask >> UInt64(sector) & 1 == 0 { kept[place] = before[before.startIndex + place] }
            }
            var state = self
            state.write(path, offset: Int(offset), bytes: kept)
            states.append(state)
        }
        return states
    }
}
