import Bytes
import Raft
import Testing

@Suite struct PeerCodecTests {
    /// Any frame, with what decodes it: requests and responses are tried alike.
    struct Frame: Sendable {
        let bytes: [UInt8]
        let isRequest: Bool

        /// Whether `bytes` decode as this frame's side, and if so, whether they are what encodes again to the same.
        func verdict(_ bytes: [UInt8]) -> Result<[UInt8], CodecFailure> {
            do throws(CodecFailure) {
                return .success(
                    isRequest
                        ? PeerCodec.encode(try PeerCodec.decodeRequest(bytes))
                        : PeerCodec.encode(try PeerCodec.decodeResponse(bytes)))
            } catch { return .failure(error) }
        }
    }

    static let frames: [Frame] =
        Samples.requests.map { Frame(bytes: PeerCodec.encode($0), isRequest: true) }
        + Samples.responses.map { Frame(bytes: PeerCodec.encode($0), isRequest: false) }

    /// `bytes` with the checksum that fits them.
    static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(bytes: bytes.dropLast(4))
        writer.append(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    @Test(arguments: Samples.requests) func everyRequestSurvivesTheRoundTrip(request: PeerRequest) throws {
        #expect(try PeerCodec.decodeRequest(PeerCodec.encode(request)) == request)
    }

    @Test(arguments: Samples.responses) func everyResponseSurvivesTheRoundTrip(response: PeerResponse) throws {
        #expect(try PeerCodec.decodeResponse(PeerCodec.encode(response)) == response)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func randomMessagesSurviveTheRoundTrip(seed: UInt64) throws {
        var messages = RandomMessages(seed: seed)
        for _ in 0..<50 {
            let request = messages.request()
            #expect(try PeerCodec.decodeRequest(PeerCodec.encode(request)) == request, "seed \(seed)")
            let response = messages.response()
            #expect(try PeerCodec.decodeResponse(PeerCodec.encode(response)) == response, "seed \(seed)")
        }
    }

    @Test(arguments: frames) func everyTruncationIsRefused(frame: Frame) {
        for count in 0..<frame.bytes.count {
            let cut = Array(frame.bytes.prefix(count))
            #expect(throws: CodecFailure.self, "\(count) bytes") { try frame.verdict(cut).get() }
            // With a checksum that fits, the lengths alone must tell.
            guard count >= 4 else { continue }
            #expect(throws: CodecFailure.self, "\(count) bytes, resealed") {
                try frame.verdict(Self.resealed(cut)).get()
            }
        }
    }

    @Test(arguments: frames) func everyDamagedByteIsRefused(frame: Frame) {
        for index in frame.bytes.indices {
            for bit in 0..<8 {
                var damaged = frame.bytes
                damaged[index] ^= 1 << bit
                #expect(throws: CodecFailure.self, "bit \(bit) of byte \(index)") { try frame.verdict(damaged).get() }
            }
        }
    }

    /// Whoever sums his nonsense correctly is refused, or has said something that has this one spelling.
    @Test(arguments: frames) func damageWithAFittingChecksumNeverDecodesToSomethingElse(frame: Frame) {
        for index in frame.bytes.indices.dropLast(4) {
            for value in UInt8.min...UInt8.max {
                var damaged = frame.bytes
                damaged[index] = value
                damaged = Self.resealed(damaged)
                guard case .success(let again) = frame.verdict(damaged) else { continue }
                #expect(again == damaged, "byte \(index) as \(value)")
            }
        }
    }

    @Test(arguments: frames) func bytesBehindTheEndAreRefused(frame: Frame) {
        var longer = frame.bytes
        longer.insert(0, at: longer.count - 4)
        #expect(throws: CodecFailure.malformed("1 bytes follow the end")) {
            try frame.verdict(Self.resealed(longer)).get()
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func noiseIsRefused(seed: UInt64) {
        var messages = RandomMessages(seed: seed)
        let request = PeerCodec.encode(messages.request())
        for _ in 0..<500 {
            let noise = messages.bytes(300)
            #expect(throws: CodecFailure.self, "seed \(seed)") { try PeerCodec.decodeRequest(noise) }
            #expect(throws: CodecFailure.self, "seed \(seed)") { try PeerCodec.decodeResponse(noise) }
            // Noise behind a sound beginning, with a checksum that fits: it need not be refused, but must not trap.
            let kept = messages.number(below: request.count)
            let mixed = Self.resealed(request.prefix(kept) + noise + [0, 0, 0, 0])
            if let decoded = try? PeerCodec.decodeRequest(mixed) { #expect(PeerCodec.encode(decoded) == mixed) }
        }
    }

    @Test func aRequestIsNoResponse() {
        for frame in Self.frames {
            let other = Frame(bytes: frame.bytes, isRequest: !frame.isRequest)
            #expect(throws: CodecFailure.unknownKind(frame.bytes[5])) { try other.verdict(frame.bytes).get() }
        }
    }

    @Test func anotherVersionIsNamedBeforeTheChecksumIsJudged() {
        var later = PeerCodec.encode(Samples.requests[0])
        later[4] = 3
        #expect(throws: CodecFailure.unsupportedVersion(3)) { try PeerCodec.decodeRequest(later) }
    }

    @Test func anotherProtocolIsNoFrame() {
        let http = Array("GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\nAccept: text/html\r\n\r\n".utf8)
        #expect(throws: CodecFailure.notAFrame("it does not begin with RAFT")) { try PeerCodec.decodeRequest(http) }
    }
}
