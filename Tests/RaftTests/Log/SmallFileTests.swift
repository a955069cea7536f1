import Raft
import Testing

@Suite("raft_meta, raft_peers and FORMAT")
struct SmallFileTests {
    private let instance = InstanceID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    private let cluster = ClusterID(high: 1, low: 2)

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: - raft_meta

    @Test("Golden: raft_meta")
    func goldenMeta() throws {
        let voted = HardState(currentTerm: 7, votedFor: Identity(nodeID: "n1", instance: instance))
        #expect(text(MetaFile.encode(voted)) == padded(Self.oldMeta))
        #expect(
            text(MetaFile.encode(.initial))
                == padded(#"{"current_term":0,"voted_for":null,"voted_for_instance":null,"crc32c":"8c9c6641"}"#))
        #expect(try MetaFile.decode(Array((Self.oldMeta + "\n").utf8)) == voted, "format 1 had no spaces behind it")
    }

    /// As it stood in format 1.
    private static let oldMeta =
        #"{"current_term":7,"voted_for":"n1","voted_for_instance":"0123456789abcdeffedcba9876543210","#
        + #""crc32c":"69771de4"}"#

    private func padded(_ document: String) -> String {
        document + String(repeating: " ", count: 4095 - document.utf8.count) + "\n"
    }

    @Test("A hard state comes back", arguments: [0, 1, LogPosition.maximumTerm])
    func metaRoundTrip(term: Term) throws {
        for votedFor in [nil, Identity(nodeID: "a \"quoted\" n\u{f6}de", instance: instance)] {
            let state = HardState(currentTerm: term, votedFor: votedFor)
            #expect(try MetaFile.decode(MetaFile.encode(state)) == state)
        }
    }

    @Test("A term behind which there is none to stand in is corruption")
    func lastTerm() {
        #expect(throws: CorruptionError.self) {
            try MetaFile.decode(MetaFile.encode(HardState(currentTerm: .max, votedFor: nil)))
        }
    }

    @Test("Any change of raft_meta is corruption: every bit, every prefix, and white space")
    func metaDamage() {
        let bytes = MetaFile.encode(HardState(currentTerm: 7, votedFor: Identity(nodeID: "n1", instance: instance)))
        // All bits of the document; of the spaces behind it one each.
        for place in 0..<bytes.count * 8 where place < 200 * 8 || place % 9 == 0 || place > (bytes.count - 2) * 8 {
            var damaged = bytes
            damaged[place / 8] ^= 1 << UInt8(place % 8)
            #expect(throws: CorruptionError.self) { try MetaFile.decode(damaged) }
        }
        for count in bytes.indices where count < 200 || count % 64 == 0 || count > bytes.count - 3 {
            #expect(throws: CorruptionError.self) { try MetaFile.decode(Array(bytes[..<count])) }
        }
        #expect(throws: CorruptionError.self) { try MetaFile.decode(bytes + [0x0A]) }
    }

    @Test("raft_meta must be as new as the log")
    func metaAgainstLog() throws {
        let last = LogPosition(index: 3, term: 5)
        let state = HardState(currentTerm: 5, votedFor: nil)
        #expect(try MetaFile.verify(state, against: last) == state)
        #expect(try MetaFile.verify(nil, against: .zero) == .initial)
        #expect(throws: CorruptionError.self) { try MetaFile.verify(nil, against: last) }
        #expect(throws: CorruptionError.self) {
            try MetaFile.verify(HardState(currentTerm: 4, votedFor: nil), against: last)
        }
    }

    @Test("A crash while raft_meta is made leaves none or the whole, and the next attempt works")
    func firstMetaCrashes() throws {
        let state = HardState(currentTerm: 2, votedFor: Identity(nodeID: "n2", instance: instance))
        var random = SeededRandom(seed: 1)
        for var crashed in MemoryDirectory().crashes(during: MetaFile.operations(for: state), using: &random) {
            let found = try MetaFile.read(from: crashed)
            #expect(found == nil || found == state)
            crashed.perform(try ReplacedFile.repairs(in: crashed))
            #expect(try MetaFile.read(from: crashed) == found)
            crashed.perform(MetaFile.operations(for: state))
            #expect(try MetaFile.read(from: crashed) == state)
        }
    }

    @Test(
        "A crash while raft_meta changes places with the spare leaves the old state or the new one, and the next works")
    func metaCrashes() throws {
        let old = HardState(currentTerm: 1, votedFor: nil)
        let new = HardState(currentTerm: 2, votedFor: Identity(nodeID: "n2", instance: instance))
        let newest = HardState(currentTerm: 3, votedFor: nil)
        var random = SeededRandom(seed: 1)
        var directory = MemoryDirectory()
        directory.perform(try MetaFile.repairs(in: directory))
        #expect(try MetaFile.read(from: directory) == .initial)
        directory.perform(MetaFile.operationsInPlace(for: old))
        #expect(try MetaFile.read(from: directory) == old)
        for crashed in directory.crashes(during: MetaFile.operationsInPlace(for: new), using: &random) {
            let found = try MetaFile.read(from: crashed)
            #expect(found == old || found == new)
            for var repaired in crashed.crashes(during: try MetaFile.repairs(in: crashed), using: &random) {
                #expect(try MetaFile.read(from: repaired) == found, "a crash within the repairs")
                repaired.perform(try MetaFile.repairs(in: repaired))
                #expect(repaired.files.keys.sorted() == ["raft_meta", "raft_meta.spare"])
                #expect(try MetaFile.read(from: repaired) == found)
                repaired.perform(MetaFile.operationsInPlace(for: newest))
                #expect(try MetaFile.read(from: repaired) == newest)
            }
        }
    }

    @Test("No new space is taken by a vote, nor by a start after a crash in one")
    func metaTakesNoSpace() throws {
        var directory = MemoryDirectory()
        directory.perform(try MetaFile.repairs(in: directory))
        for term in 1...3 as ClosedRange<Term> {
            let votedFor = Identity(nodeID: String(repeating: "x", count: 255), instance: instance)
            for operation in MetaFile.operationsInPlace(for: HardState(currentTerm: term, votedFor: votedFor)) {
                #expect(!directory.needsSpace(for: operation), "\(operation)")
                directory.perform(operation)
                var repaired = directory
                for repair in try MetaFile.repairs(in: directory) {
                    #expect(!repaired.needsSpace(for: repair), "\(repair)")
                    repaired.perform(repair)
                }
            }
        }
        #expect(directory.files.mapValues(\.count) == ["raft_meta": 4096, "raft_meta.spare": 4096])
    }

    @Test("raft_meta of format 1, and one file with two names, are replaced by files of their own")
    func metaRepairs() throws {
        var directory = MemoryDirectory()
        directory.files["raft_meta"] = Array((Self.oldMeta + "\n").utf8)
        let state = try MetaFile.read(from: directory)
        directory.perform(try MetaFile.repairs(in: directory))
        #expect(try MetaFile.read(from: directory) == state)
        #expect(directory.files.mapValues(\.count) == ["raft_meta": 4096, "raft_meta.spare": 4096])
        #expect(try MetaFile.repairs(in: directory).allSatisfy { $0.verb.hasPrefix("sync") })
        directory.files["raft_meta.spare"] = directory.files["raft_meta"]
        #expect(try MetaFile.repairs(in: directory).map(\.verb).prefix(2) == ["remove", "create"])
    }

    // MARK: - raft_peers

    @Test("raft_peers: ids, and addresses for members without one")
    func peers() throws {
        let members = [
            Member(number: 1, nodeID: "n1", address: "host1:7001", instance: instance),
            Member(number: 2, nodeID: nil, address: "host2:7001", instance: nil),
        ]
        let bytes = PeersFile.encode(members)
        #expect(text(bytes) == #"{"n1":"host1:7001","host2:7001":"host2:7001"}"# + "\n")
        #expect(
            try PeersFile.decode(bytes) == [
                PeersFile.Peer(name: "n1", address: "host1:7001"),
                PeersFile.Peer(name: "host2:7001", address: "host2:7001"),
            ])
        for wrong in ["", "[]", #"{"n1":7}"#] {
            #expect(throws: CorruptionError.self) { try PeersFile.decode(Array(wrong.utf8)) }
        }
        var directory = MemoryDirectory()
        directory.perform(PeersFile.operations(for: members))
        #expect(directory.files == ["raft_peers": bytes])
    }

    // MARK: - FORMAT

    @Test("Golden: FORMAT")
    func goldenFormat() throws {
        let format = FormatFile(nodeID: "n1", instance: instance, clusterID: cluster)
        #expect(
            text(format.encode())
                == #"{"format_version":2,"node_id":"n1","instance_id":"0123456789abcdeffedcba9876543210","#
                + #""cluster_id":"00000000000000010000000000000002","crc32c":"9372112b"}"# + "\n")
        let fresh = FormatFile(nodeID: "n1", instance: instance, clusterID: .none)
        for file in [format, fresh] {
            #expect(try FormatFile.decode(file.encode()) == file)
            var directory = MemoryDirectory()
            directory.perform(file.operations())
            #expect(directory.files == ["FORMAT": file.encode()])
        }
    }

    @Test("FORMAT of format 1 is read, and tells format 2 after the repairs")
    func oldFormat() throws {
        let old =
            #"{"format_version":1,"node_id":"n1","instance_id":"0123456789abcdeffedcba9876543210","#
            + #""cluster_id":"00000000000000010000000000000002","crc32c":"b4874004"}"# + "\n"
        let format = FormatFile(nodeID: "n1", instance: instance, clusterID: cluster)
        #expect(try FormatFile.decode(Array(old.utf8)) == format)
        var directory = MemoryDirectory()
        directory.files["FORMAT"] = Array(old.utf8)
        directory.perform(try ReplacedFile.repairs(in: directory))
        #expect(directory.files == ["FORMAT": format.encode()])
        #expect(try ReplacedFile.repairs(in: directory) == [.syncDirectory(path: "")])
    }

    @Test("A newer FORMAT is refused by its version, whatever else it holds; any damage is corruption")
    func formatRefusals() {
        #expect(throws: FormatFile.Failure.newer(version: 3)) {
            try FormatFile.decode(Array(#"{"format_version":3,"shape":"new"}"#.utf8))
        }
        #expect(FormatFile.Failure.newer(version: 3).description.contains("newer raftd"))
        let bytes = FormatFile(nodeID: "n1", instance: instance, clusterID: cluster).encode()
        for place in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[place / 8] ^= 1 << UInt8(place % 8)
            #expect(throws: FormatFile.Failure.self) { try FormatFile.decode(damaged) }
        }
    }
}
