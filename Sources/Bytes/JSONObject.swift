/// The members of a JSON object in the order in which they were written.
///
/// Keys are told apart by their code points, as JSON does, not by canonical equivalence, as `String` does.
package struct JSONObject: Equatable, Sendable {
    /// A key and what stands under it.
    package struct Member: Equatable, Sendable {
        package let key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }

        package static func == (left: Member, right: Member) -> Bool {
            left.key.utf8.elementsEqual(right.key.utf8) && left.value == right.value
        }
    }

    /// - Invariant: no two members have the same key.
    package private(set) var members: [Member]

    /// An object without members.
    package init() {
        members = []
    }

    /// An object of these members.
    /// - Precondition: no key stands twice.
    package init(_ members: [Member]) {
        var keys = JSONKeySet()
        for member in members {
            precondition(keys.insert(member.key), "the key \(member.key) stands twice in one object")
        }
        self.members = members
    }

    /// An object of members whose keys the caller has found to be distinct.
    init(distinct members: [Member]) {
        self.members = members
    }

    /// The value under `key`, or nil if there is none. Setting replaces it in its place or appends it; nil removes it.
    /// - Complexity: O(n) in the number of members
    package subscript(key: String) -> JSONValue? {
        get {
            index(of: key).map { members[$0].value }
        }
        set {
            switch (index(of: key), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    private func index(of key: String) -> Int? {
        members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }
}

/// The keys seen in one object: a scan while they are few, a hash table when they are many, so that an object of a
/// million members costs no more than its length.
struct JSONKeySet {
    private struct Key: Hashable {
        let text: String

        static func == (left: Key, right: Key) -> Bool {
            left.text.utf8.elementsEqual(right.text.utf8)
        }

        func hash(into hasher: inout Hasher) {
            for byte in text.utf8 { hasher.combine(byte) }
            hasher.combine(0xFF as UInt8)
        }
    }

    private static let scanLimit = 16

    private var few: [Key] = []
    private var many: Set<Key> = []

    /// Adds a key.
    /// - Returns: false if it was there already.
    mutating func insert(_ text: String) -> Bool {
        let key = Key(text: text)
        if many.isEmpty && few.count < Self.scanLimit {
            if few.contains(key) { return false }
            few.append(key)
            return true
        }
        if many.isEmpty { many = Set(few) }
        return many.insert(key).inserted
    }
}
