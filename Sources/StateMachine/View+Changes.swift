import Raft

// How entries change a view. Whatever changes a key is told to the history.

extension StateMachine.View {
    /// Sets the value of `key` and returns the one it had.
    /// - Parameter number: counts the changes of this revision.
    mutating func put(_ key: [UInt8], _ value: [UInt8], revision: UInt64, number: UInt32 = 0) -> Versioned? {
        let versioned = Versioned(value: value, revision: revision)
        let hash = StateHash.entry(key, value, revision: revision)
        let previous = map.put(key, MapEntry(versioned: versioned, hash: hash))
        entriesHash += hash
        if let previous {
            entriesHash -= previous.hash
            mapBytes += value.count - previous.versioned.value.count
        } else {
            mapBytes += key.count + value.count + StateMachine.View.entryOverhead
        }
        let position = EventPosition(revision: revision, number: number)
        history.append(position, key: key, value: value, hash: .put(hash, number: number))
        return previous?.versioned
    }

    /// Removes `key` and returns the value that it had. An absent key changes nothing.
    mutating func remove(_ key: [UInt8], revision: UInt64, number: UInt32 = 0) -> Versioned? {
        guard let previous = map.remove(key) else { return nil }
        mapBytes -= key.count + previous.versioned.value.count + StateMachine.View.entryOverhead
        entriesHash -= previous.hash
        let position = EventPosition(revision: revision, number: number)
        history.append(position, key: key, value: nil, hash: .delete(key, at: position))
        return previous.versioned
    }

    /// Takes the members that a configuration entry tells. What does not decode changes nothing, on every node alike.
    mutating func configure(_ entry: LogEntry) {
        guard let configuration = try? ConfigurationCodec.decode(entry.payload) else { return }  // discarded: see above
        self.configuration = configuration
        configurationIndex = entry.index
        announcements.removeAll { configuration.member(of: $0.instance) == nil }
        comparison.keepMembers(of: configuration)
    }

    /// Keeps what a member says of itself, if it is one: it may have left meanwhile.
    mutating func announce(_ announcement: Announcement) {
        guard configuration.member(of: announcement.instance) != nil else { return }
        let place = announcements.firstIndex { $0.instance >= announcement.instance } ?? announcements.count
        if place < announcements.count, announcements[place].instance == announcement.instance {
            announcements[place] = announcement
        } else {
            announcements.insert(announcement, at: place)
        }
    }
}
