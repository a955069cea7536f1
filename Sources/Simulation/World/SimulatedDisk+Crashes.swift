package import Raft

/// One of the states in which a crash may leave a disk.
struct CrashState: Sendable, Equatable {
    struct FileState: Sendable, Equatable {
        let file: Int
        let remains: Remains
    }

    /// Which of the changes to names that wait are on the disk: a bit for each, in the order in which they were made.
    var names: UInt64
    /// What there is of every file that has changes that wait.
    var files: [FileState]
}

extension SimulatedDisk {
    /// Why an operation makes no sense on this disk; `nil` when it can be performed.
    package func objection(to operation: DiskOperation) -> String? {
        let missing: String?
        let taken: String?
        switch operation {
        case .create(let path): (missing, taken) = (nil, path)
        case .link(let source, let target): (missing, taken) = (source, target)
        case .rename(let path, _), .remove(let path), .sync(let path): (missing, taken) = (path, nil)
        case .write(let path, _, _), .writeZeros(let path, _, _): (missing, taken) = (path, nil)
        case .truncate(let path, let size):
            (missing, taken) = (path, nil)
            if let file = names[path], files[file].contents.count < Int(size) { return "it makes \(path) longer" }
        case .syncDirectory: (missing, taken) = (nil, nil)
        }
        if let missing, names[missing] == nil { return "\(missing) does not exist" }
        if let taken, names[taken] != nil { return "\(taken) exists" }
        return nil
    }

    /// Every state that a crash may leave now: of one file whatever may be of it, of the others all or nothing, of the names of a
    /// directory any that changed while they are few, else the first ones or all but one.
    func crashStates(_ detail: CrashDetail) -> [CrashState] {
        let masks = nameStates(detail)
        let unsynced = files.indices.filter { files[$0].isUnsynced && isNamed($0) }
        guard !unsynced.isEmpty else { return masks.map { CrashState(names: $0, files: []) } }
        var states: [CrashState] = []
        for focus in unsynced {
            for remains in files[focus].remains(detail, donors: donors(for: focus)) {
                for others in otherStates(of: unsynced.filter { $0 != focus }, beside: remains) {
                    let files = [CrashState.FileState(file: focus, remains: remains)] + others
                    states += masks.map { CrashState(names: $0, files: files) }
                }
            }
        }
        return states
    }

    /// The disk after a crash: all that is left of it is durable.
    func crashed(in state: CrashState) -> SimulatedDisk {
        var disk = self
        disk.crash(keepingNames: state.names)
        for fate in state.files where disk.isNamed(fate.file) {
            let file = files[fate.file]
            var stale: [UInt8] = []
            if case .staleSector(_, let donor) = fate.remains { stale = files[donor].contents }
            disk.files[fate.file] = SimulatedFile(
                durable: file.contents(after: fate.remains, stale: stale))
        }
        return disk
    }

    /// The disk after a crash within the only write that waits: so many bytes of it, and all else, are durable.
    func torn(keeping count: Int) -> SimulatedDisk {
        let unsynced = files.indices.filter { files[$0].isUnsynced && isNamed($0) }
        let states = unsynced.map { file in
            let isWrite = if case .write = files[file].pending.last { true } else { false }
            return CrashState.FileState(
                file: file, remains: isWrite ? .prefix(count, isGrown: false) : .everything)
        }
        return crashed(in: CrashState(names: .max, files: states))
    }

    /// What `state` says, for a person.
    func describe(_ state: CrashState) -> String {
        var parts = pendingNames.indices.map { place in
            "\(pendingNames[place].change) \(state.names >> UInt64(place) & 1 == 1 ? "kept" : "lost")"
        }
        for fate in state.files {
            let path = names.filter { $0.value == fate.file }.keys.min() ?? "file \(fate.file)"
            parts.append("\(path): \(fate.remains)")
        }
        return parts.isEmpty ? "everything is durable" : parts.joined(separator: "; ")
    }

    /// Whether a crash could take something.
    var hasUnsyncedChanges: Bool {
        !pendingNames.isEmpty || files.indices.contains { files[$0].isUnsynced && isNamed($0) }
    }

    /// What tells this disk, as a process sees it, from others: names, contents, and which names are of one file.
    var digest: UInt64 {
        var digest = Digest()
        var first: [Int: Int] = [:]
        for (place, path) in paths.enumerated() {
            digest.add(path)
            let file = file(path)
            let twin = first[file] ?? place
            first[file] = twin
            digest.add(UInt64(twin))
            if twin == place { digest.add(files[file].contents) }
        }
        return digest.value
    }

    // MARK: Choices

    private func isNamed(_ file: Int) -> Bool {
        names.values.contains(file) || durableNames.values.contains(file)
    }

    /// Other files may be as they should be, or miss all that waits; one of several alone the one or the other.
    private func otherStates(of others: [Int], beside remains: Remains) -> [[CrashState.FileState]] {
        guard !others.isEmpty else { return [[]] }
        var states: [[CrashState.FileState]] = []
        for rest in [Remains.everything, .nothing] {
            states.append(others.map { CrashState.FileState(file: $0, remains: rest) })
            guard others.count > 1, remains == .everything || remains == .nothing else { continue }
            for one in others {
                let opposite = rest == .everything ? Remains.nothing : .everything
                states.append(others.map { CrashState.FileState(file: $0, remains: $0 == one ? opposite : rest) })
            }
        }
        return states
    }

    /// The files whose bytes the disk may have had where `file` grows: the two made before it, removed ones too.
    private func donors(for file: Int) -> [Int] {
        Array(files.indices.filter { $0 < file && !files[$0].contents.isEmpty }.suffix(2))
    }

    /// How many changes of one directory's names are tried in every combination.
    private static let combinedNames = 4

    private func nameStates(_ detail: CrashDetail) -> [UInt64] {
        precondition(pendingNames.count <= 64, "a directory is synced before 64 names wait")
        var masks: [UInt64] = [0]
        var directories: [String] = []
        for (directory, _) in pendingNames where !directories.contains(directory) { directories.append(directory) }
        for directory in directories {
            let places = pendingNames.indices.filter { pendingNames[$0].directory == directory }
            let choices = SimulatedDisk.choices(of: places.map { 1 << UInt64($0) }, detail)
            masks = choices.flatMap { choice in masks.map { $0 | choice } }
        }
        return masks
    }

    private static func choices(of bits: [UInt64], _ detail: CrashDetail) -> [UInt64] {
        if detail == .everyByte, bits.count <= combinedNames {
            return (0..<(1 << bits.count)).map { set in
                bits.enumerated().reduce(0) { set >> $1.offset & 1 == 1 ? $0 | $1.element : $0 }
            }
        }
        let first = (0...bits.count).map { bits.prefix($0).reduce(0, |) }
        let all = bits.reduce(0, |)
        return detail == .everyByte ? first + bits.dropLast().map { all & ~$0 } : first
    }
}
