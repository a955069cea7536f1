import Bytes
import Raft
import Testing

/// What a frame may not say although its checksum fits.
@Suite struct PeerCodecRulesTests {
    /// A request of the sample header with a body of one's own.
    private static func frame(kind: UInt8, header: PeerHeader = Samples.header, _ body: (inout ByteWriter) -> Void)
        -> [UInt8]
    {
        // The empty body of ReadIndex leaves the header, whose kind is then replaced.
        let bytes = PeerCodec.encode(PeerRequest(header: header, body: .readIndex))
        var writer = ByteWriter()
        writer.append(bytes: bytes.dropLast(4))
        writer.overwrite(kind, at: 5)
        body(&writer)
        writer.append(CRC32C.checksum(writer.bytes))
        return writer.bytes
    }

    private static func appendEntries(
        previous: (index: UInt64, term: UInt64), entries: [(term: UInt64, kind: UInt8)], count: UInt64? = nil
    ) -> [UInt8] {
        frame(kind: 3) { writer in
            writer.append(previous.index)
            writer.append(previous.term)
            writer.append(0 as UInt64)
            writer.appendVarint(count ?? UInt64(entries.count))
            for entry in entries {
                writer.append(entry.term)
                writer.append(entry.kind)
                writer.appendLengthPrefixed([0xAB] as [UInt8])
            }
        }
    }

    private static func reason(_ bytes: [UInt8]) -> CodecFailure? {
        do throws(CodecFailure) {
            _ = try PeerCodec.decodeRequest(bytes)
            return nil
        } catch { return error }
    }

    @Test func entriesWithinTheRulesAreTaken() {
        #expect(Self.reason(Self.appendEntries(previous: (0, 0), entries: [(1, 0), (1, 2), (7, 2)])) == nil)
        #expect(Self.reason(Self.appendEntries(previous: (LogPosition.maximumIndex, 7), entries: [(7, 2)])) == nil)
    }

    @Test func anEntrysConfigurationIsOne() {
        guard case .malformed(let reason) = Self.reason(Self.appendEntries(previous: (0, 0), entries: [(1, 1)])) else {
            Issue.record("a byte was taken for a configuration")
            return
        }
        #expect(reason.hasPrefix("entry's configuration: "))
    }

    @Test func termsNeverFall() {
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 3), entries: [(5, 2), (4, 2)]))
                == .malformed("entry's term: 4 is not 5 to 7"))
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 3), entries: [(2, 2)]))
                == .malformed("entry's term: 2 is not 3 to 7"))
        #expect(
            Self.reason(Self.appendEntries(previous: (0, 0), entries: [(0, 2)]))
                == .malformed("entry's term: 0 is not 1 to 7"))
    }

    @Test func noTermExceedsTheMessages() {
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 3), entries: [(8, 2)]))
                == .malformed("entry's term: 8 is not 3 to 7"))
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 8), entries: []))
                == .malformed("previous position: 4@8 is of a later term than the message's 7"))
    }

    @Test func aTermBeyondBeliefIsRefused() {
        func vote(term: Term) -> CodecFailure? {
            var header = Samples.header
            header.term = term
            let request = RequestVote(lastLog: .zero, isPreVote: false)
            return Self.reason(PeerCodec.encode(PeerRequest(header: header, body: .requestVote(request))))
        }
        #expect(vote(term: LogPosition.maximumTerm) == nil)
        #expect(vote(term: .max) == .malformed("term: \(Term.max) exceeds the limit of \(LogPosition.maximumTerm)"))
    }

    @Test func kindsAreKnown() {
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 3), entries: [(5, 3)]))
                == .malformed("entry's kind: 3 is unknown"))
        #expect(Self.reason(Self.frame(kind: 10) { _ in }) == .unknownKind(10))
    }

    @Test func positionsCanExist() {
        #expect(
            Self.reason(Self.appendEntries(previous: (0, 3), entries: []))
                == .malformed("previous position: 0@3 cannot exist"))
        #expect(
            Self.reason(Self.appendEntries(previous: (3, 0), entries: []))
                == .malformed("previous position: 3@0 cannot exist"))
        #expect(
            Self.reason(Self.appendEntries(previous: (.max, 7), entries: [(7, 2)]))
                == .malformed("previous position: \(UInt64.max)@7 exceeds the limit of \(LogPosition.maximumIndex)"))
    }

    @Test func countsAreBounded() {
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 3), entries: [(5, 2)], count: .max))
                == .malformed("entries: \(UInt64.max) exceed the limit of 65536"))
        #expect(
            Self.reason(Self.appendEntries(previous: (4, 3), entries: [(5, 2)], count: 2))
                == .malformed("entries: 2 do not fit into the 11 bytes that follow"))
        let commands = Self.frame(kind: 6) { $0.appendVarint(65_537) }
        #expect(Self.reason(commands) == .malformed("commands: 65537 exceed the limit of 65536"))
    }

    @Test func aPayloadEndsWithinTheFrame() {
        let command = Self.frame(kind: 6) { writer in
            writer.appendVarint(1)
            writer.appendVarint(1 << 62)
        }
        guard case .malformed(let text) = Self.reason(command) else {
            Issue.record("not refused")
            return
        }
        #expect(text.hasPrefix("command: "))
    }

    @Test func textsAreUTF8AndNotEmpty() {
        func hello(_ address: [UInt8]) -> [UInt8] {
            Self.frame(kind: 1) { writer in
                writer.appendLengthPrefixed(address)
                writer.append(0 as UInt8)
                writer.appendLengthPrefixed("b:2")
                writer.appendVarint(0)
            }
        }
        #expect(Self.reason(hello(Array("a:1".utf8))) == nil)
        #expect(Self.reason(hello([])) == .malformed("address: empty"))
        #expect(Self.reason(hello([0xC0, 0x80])) == .malformed("address: text is not UTF-8"))
        #expect(Self.reason(hello([UInt8](repeating: 0x61, count: 512))) == nil)
        #expect(
            Self.reason(hello([UInt8](repeating: 0x61, count: 513)))
                == .malformed("address: a length of 513 bytes exceeds the limit of 512"))
    }

    @Test func unknownFlagsAreRefused() {
        let vote = Self.frame(kind: 2) { writer in
            writer.append(1 as UInt64)
            writer.append(1 as UInt64)
            writer.append(4 as UInt8)
        }
        #expect(Self.reason(vote) == .malformed("vote flags: unknown bits in 4"))
    }

    @Test func aPieceLiesWithinItsSnapshot() {
        func piece(
            position: (index: UInt64, term: UInt64) = (42, 6), size: UInt64, offset: UInt64, count: Int
        ) -> CodecFailure? {
            Self.reason(
                Self.frame(kind: 7) { writer in
                    writer.append(position.index)
                    writer.append(position.term)
                    writer.append(size)
                    writer.append(0 as UInt32)
                    writer.append(offset)
                    writer.appendLengthPrefixed([UInt8](repeating: 1, count: count))
                })
        }
        #expect(piece(size: 10, offset: 7, count: 3) == nil)
        #expect(piece(size: 10, offset: 10, count: 0) == nil)
        #expect(piece(size: .max, offset: .max - 3, count: 3) == nil)
        for (size, offset, count) in [(10, 8, 3), (10, 11, 0), (.max, .max, 1)] as [(UInt64, UInt64, Int)] {
            #expect(
                piece(size: size, offset: offset, count: count)
                    == .malformed("piece: \(count) bytes at \(offset) reach beyond the \(size) of the snapshot"))
        }
        #expect(piece(size: 2 << 20, offset: 0, count: 1 << 20) == nil)
        #expect(
            piece(size: 2 << 20, offset: 0, count: 1 << 20 + 1)
                == .malformed("piece: 1048577 bytes exceed the limit of 1048576"))
        #expect(
            piece(position: (0, 0), size: 10, offset: 0, count: 1)
                == .malformed("snapshot's position: a snapshot holds an entry at least"))
        #expect(
            piece(position: (42, 8), size: 10, offset: 0, count: 1)
                == .malformed("snapshot's position: 42@8 is of a later term than the message's 7"))
    }

    @Test func operatorsAskForWhatExists() {
        func administer(_ tag: UInt8, nodeID: String) -> CodecFailure? {
            Self.reason(
                Self.frame(kind: 9) { writer in
                    writer.append(tag)
                    writer.appendLengthPrefixed(nodeID)
                })
        }
        #expect(administer(2, nodeID: "n3") == nil)
        #expect(administer(2, nodeID: "") == .malformed("node id: empty"))
        #expect(administer(3, nodeID: String(repeating: "x", count: 256)) != nil)
        #expect(administer(4, nodeID: "n3") == .malformed("admin request: 4 is unknown"))
        #expect(administer(1, nodeID: "n3") != nil, "no address")
    }

    @Test func aLongReasonIsClipped() throws {
        let message = String(repeating: "é", count: 5000)
        let refusal = AdminRefusal(code: .conflict, message: message)
        let response = PeerResponse(header: Samples.header, body: .administer(.refused(refusal)))
        guard case .administer(.refused(let clipped)) = try PeerCodec.decodeResponse(PeerCodec.encode(response)).body
        else {
            Issue.record("another message")
            return
        }
        #expect(message.hasPrefix(clipped.message))
        #expect((2000...4096).contains(clipped.message.utf8.count))
    }

    @Test func aSenderHasAnInstance() {
        var header = Samples.header
        header.sender = Identity(nodeID: "n1", instance: .none)
        #expect(Self.reason(Self.frame(kind: 5, header: header) { _ in }) == .malformed("sender's instance: missing"))
    }

    @Test func formedNodesNameTheirCluster() {
        for (header, standing) in [
            (Samples.newcomer, HelloResponse.Standing.formed(.bound)),
            (Samples.header, .empty(isSameMembers: true)),
        ] {
            let body = HelloResponse(address: "b:2", isAddressExplicit: false, peers: [], standing: standing)
            let bytes = PeerCodec.encode(PeerResponse(header: header, body: .hello(body)))
            #expect(throws: CodecFailure.self) { try PeerCodec.decodeResponse(bytes) }
        }
    }

    @Test func aNodeIDMayHave255Bytes() throws {
        var header = Samples.header
        header.sender = Identity(nodeID: String(repeating: "x", count: 255), instance: Samples.sender.instance)
        let request = PeerRequest(header: header, body: .readIndex)
        #expect(try PeerCodec.decodeRequest(PeerCodec.encode(request)) == request)
    }
}
