import Bytes
import Raft
import Testing

@Suite struct ConfigurationCodecTests {
    static let configuration = Configuration(
        clusterID: Samples.clusterID,
        members: [
            Member(number: 1, nodeID: "n1", address: "a:1", instance: InstanceID(high: 1, low: 2)),
            Member(number: 2, nodeID: "n2", address: "b:2", instance: nil, isLearner: true),
            Member(number: 9, nodeID: nil, address: "c:3", instance: nil),
        ])

    /// By `docs/PROTOCOL.md`, byte for byte.
    static let golden: [UInt8] =
        [1, 8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9, 3]
        + [1, 0, 0, 0, 6, 2, 0x6E, 0x31, 3, 0x61, 0x3A, 0x31, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
        + [2, 0, 0, 0, 3, 2, 0x6E, 0x32, 3, 0x62, 0x3A, 0x32]
        + [9, 0, 0, 0, 0, 3, 0x63, 0x3A, 0x33]

    @Test func theBytesAreTheDocumentedOnes() {
        #expect(ConfigurationCodec.encode(Self.configuration) == Self.golden)
    }

    @Test func configurationsSurviveTheRoundTrip() throws {
        for configuration in [Self.configuration, .none] {
            #expect(try ConfigurationCodec.decode(ConfigurationCodec.encode(configuration)) == configuration)
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
                guard let decoded = try? ConfigurationCodec.decode(changed) else { continue }
                #expect(ConfigurationCodec.encode(decoded) == changed, "byte \(index) as \(value)")
            }
        }
    }

    @Test(arguments: [
        (18, 9, "members: number 2 follows number 9"),
        (18, 2, "members: number 2 follows number 2"),
        (22, 14, "member's flags: unknown bits in 14"),
        (24, 0xFF, "member's node id: text is not UTF-8"),
        (53, 0x31, "members: two are named n1"),
    ]) func theInvariantsAreHeld(offset: Int, value: UInt8, reason: String) {
        var changed = Self.golden
        changed[offset] = value
        #expect(throws: CodecFailure.malformed(reason)) { try ConfigurationCodec.decode(changed) }
    }

    @Test func addressesAndInstancesAreDistinct() {
        var sameAddress = Self.golden
        sameAddress.replaceSubrange(55..<58, with: Array("a:1".utf8))
        #expect(throws: CodecFailure.malformed("members: two have the address a:1")) {
            try ConfigurationCodec.decode(sameAddress)
        }
        var sameInstance = Self.golden
        sameInstance[50] = 7
        sameInstance.insert(contentsOf: Self.golden[30..<46], at: 58)
        #expect(throws: CodecFailure.malformed("members: two have the instance \(InstanceID(high: 1, low: 2))")) {
            try ConfigurationCodec.decode(sameInstance)
        }
        var noInstance = Self.golden
        noInstance.replaceSubrange(30..<46, with: [UInt8](repeating: 0, count: 16))
        #expect(throws: CodecFailure.malformed("member's instance: missing")) {
            try ConfigurationCodec.decode(noInstance)
        }
    }

    @Test func anotherVersionIsNamed() {
        var later = Self.golden
        later[0] = 2
        #expect(throws: CodecFailure.unsupportedVersion(2)) { try ConfigurationCodec.decode(later) }
    }
}
