/// What hardware does to a disk beside losing power.
extension SimulatedDisk {
    /// Turns a bit of what the platter holds; processes read it so from now on.
    /// - Parameter bit: 0 is the lowest.
    /// - Precondition: the file exists and is durable up to `offset`; nothing of it waits for a sync.
    package mutating func flipBit(of path: String, at offset: Int, bit: Int) {
        files[file(path)].flipBit(at: offset, bit: bit)
    }

    /// A sync of the file fails: what waited for it never gets to the platter, though processes read it until the power goes, and no later
    /// sync brings it there.
    package mutating func failSync(of path: String) {
        files[file(path)].failSync()
    }

    /// All files, sorted.
    package var paths: [String] { names.keys.sorted() }

    /// How many bytes of a file survive a crash: 0 when it does not exist.
    package func durableSize(of path: String) -> Int { names[path].map { files[$0].durable.count } ?? 0 }
}
