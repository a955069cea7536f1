import Bytes
import Raft
import Testing

@Suite struct ConfigurationCodecTests {
    static let configuration = Configuration(
        clusterID: Samples.clusterID,
        members: [
            Member(number: 1, nodeID: "n1", address: "a:1", instance: InstanceID(high: 1, low: 2)),
            Member(number: 2, nodeID: "n2", address: "b:2", instance: nil, isLearner: true, isToBePromoted: true),
            Member(number: 9, nodeID: nil, address: "c:3", instance: nil),
        ], nextNumber: 0x0109)

    /// By `docs/PROTOCOL.md`, byte for byte.
    static let golden: [UInt8] =
        [2, 8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9, 9, 1, 0, 0, 3]
        + [1, 0, 0, 0, 6, 2, 0x6E, 0x31, 3, 0x61, 0x3A, 0x31, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
        + [2, 0, 0, 0, 11, 2, 0x6E, 0x32, 3, 0x62, 0x3A, 0x32]
        + [9, 0, 0, 0, 0, 3, 0x63, 0x3A, 0x33]

    /// The same by version 1, which knew neither the next number nor who is to be promoted.
    static let oldGolden: [UInt8] =
        [1] + golden[1..<17] + [3] + golden[22..<54] + [3] + golden[55...]

    @Test func theBytesAreTheDocumentedOnes() {
        #expect(ConfigurationCodec.encode(Self.configuration) == Self.golden)
    }

    @Test func configurationsSurviveTheRoundTrip() throws {
        for configuration in [Self.configuration, .none] {
            #expect(try ConfigurationCodec.decode(ConfigurationCodec.encode(configuration)) == configuration)
        }
    }

    @Test func versionOneIsStillRead() throws {
        var expected = Self.configuration
        expected.members[1].isToBePromoted = false
        expected.nextNumber = 10
        #expect(try ConfigurationCodec.decode(Self.oldGolden) == expected)
        var promoted = Self.oldGolden
        promoted[50] = 11
        #expect(throws: CodecFailure.malformed("member's flags: unknown bits in 11")) {
            try ConfigurationCodec.decode(promoted)
        }
        var lastNumber = Self.oldGolden
        lastNumber.replaceSubrange(58..<62, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: CodecFailure.malformed("next number: 0 is not above 4294967295, the last member's")) {
            try ConfigurationCodec.decode(lastNumber)
        }
    }

    @Test func everyTruncationIsRefused() {
        for count in Self.golden.indices {
            #expect(throws: CodecFailure.self, "\(count) bytes") {
                try ConfigurationCodec.decode(Array(Self.golden.prefix(count)))
            }
        }
        #expect(throws: CodecFailure.malformed("1 bytes follow the end")) {
            try ConfigurationCodec.decode(Self.golden + [0])
        }
    }

    @Test func everyByteHasOneMeaning() {
        for index in Self.golden.indices {
            for value in UInt8.min...UInt8.max {
                var changed = Self.golden
                changed[index] = value
                // What reads as of the version before is spelled anew.
                guard let decoded = try? ConfigurationCodec.decode(changed), changed[0] == 2 else { continue }
                #expect(ConfigurationCodec.encode(decoded) == changed, "byte \(index) as \(value)")
            }
        }
    }

    @Test(arguments: [
        (22, 9, "members: number 2 follows number 9"),
        (22, 2, "members: number 2 follows number 2"),
        (26, 22, "member's flags: unknown bits in 22"),
        (26, 14, "members: n1 is to be promoted, but no learner"),
        (28, 0xFF, "member's node id: text is not UTF-8"),
        (57, 0x31, "members: two are named n1"),
        (18, 0, "next number: 9 is not above 9, the last member's"),
    ]) func theInvariantsAreHeld(offset: Int, value: UInt8, reason: String) {
        var changed = Self.golden
        changed[offset] = value
        #expect(throws: CodecFailure.malformed(reason)) { try ConfigurationCodec.decode(changed) }
    }

    @Test func addressesAndInstancesAreDistinct() {
        var sameAddress = Self.golden
        sameAddress.replaceSubrange(59..<62, with: Array("a:1".utf8))
        #expect(throws: CodecFailure.malformed("members: two have the address a:1")) {
            try ConfigurationCodec.decode(sameAddress)
        }
        var sameInstance = Self.golden
        sameInstance[54] = 15
        sameInstance.insert(contentsOf: Self.golden[34..<50], at: 62)
        #expect(throws: CodecFailure.malformed("members: two have the instance \(InstanceID(high: 1, low: 2))")) {
            try ConfigurationCodec.decode(sameInstance)
        }
        var noInstance = Self.golden
        noInstance.replaceSubrange(34..<50, with: [UInt8](repeating: 0, count: 16))
        #expect(throws: CodecFailure.malformed("member's instance: missing")) {
            try ConfigurationCodec.decode(noInstance)
        }
    }

    @Test func anotherVersionIsNamed() {
        var later = Self.golden
        later[0] = 3
        #expect(throws: CodecFailure.unsupportedVersion(3)) { try ConfigurationCodec.decode(later) }
    }
}
