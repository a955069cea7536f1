import Raft
import Testing

@testable import StateMachine

@Suite("What the state knows of members")
struct MemberTests {
    private func member(_ number: UInt32) -> Member {
        Member(
            number: number, nodeID: "n\(number)", address: "h\(number):1",
            instance: InstanceID(high: 1, low: UInt64(number)))
    }

    private func configuration(_ numbers: UInt32...) -> Configuration {
        Configuration(clusterID: ClusterID(high: 9, low: 9), members: numbers.map(member))
    }

    private func announcement(_ number: UInt32, version: String = "1") -> Announcement {
        Announcement(
            instance: InstanceID(high: 1, low: UInt64(number)), nodeID: "n\(number)", clientAddress: "h\(number):2",
            version: version, maxStateSize: 10, maxValueSize: 20)
    }

    @Test("the last configuration entry counts; bytes that are none change nothing")
    func configurations() {
        var log = Applied()
        #expect(log.machine.view().configuration == .none && log.machine.view().configurationIndex == 0)
        log.apply(.configuration, ConfigurationCodec.encode(configuration(1, 2)))
        log.put("k")
        log.apply(.configuration, [1, 2, 3])
        #expect(log.machine.view().configuration == configuration(1, 2))
        #expect(log.machine.view().configurationIndex == 1)
        #expect(log.machine.view().position == LogPosition(index: 3, term: 1))
    }

    @Test("of each member the last announcement is kept, and none of who is no member")
    func announcements() {
        var log = Applied()
        log.apply(.configuration, ConfigurationCodec.encode(configuration(1, 2, 3)))
        for number in [3, 1, 2, 4] as [UInt32] { #expect(log.apply(.announce(announcement(number))) == .noted) }
        #expect(log.machine.announcements == [announcement(1), announcement(2), announcement(3)])
        log.apply(.announce(announcement(2, version: "2")))
        #expect(log.machine.announcements == [announcement(1), announcement(2, version: "2"), announcement(3)])
        log.apply(.configuration, ConfigurationCodec.encode(configuration(1, 3)))
        #expect(log.machine.announcements == [announcement(1), announcement(3)])
    }

    @Test("a state that begins another cluster keeps keys, revisions and retries, and shows no old change")
    func rebased() throws {
        var log = Applied()
        log.apply(.configuration, ConfigurationCodec.encode(configuration(1, 2)))
        log.apply(.announce(announcement(2)))
        log.put("k", "v")
        let named = IdempotencyKey(scope: [1], fingerprint: 1)
        log.apply(.delete(key: [0x78], condition: .none), key: named)
        let position = LogPosition(index: 1_000_004, term: 7)
        let state = log.machine.rebased(to: position, configuration: configuration(3))
        #expect(state.view().position == position && state.view().configuration == configuration(3))
        #expect(state.view().configurationIndex == position.index && state.announcements.isEmpty)
        #expect(state.get(Array("k".utf8)) == Versioned(value: Array("v".utf8), revision: 3))
        for place in [EventPosition(revision: 3, number: 0), EventPosition(revision: 1_000_004, number: 0)] {
            #expect(state.events(after: place, limit: 1, maxBytes: 1) == .belowFloor(floor: 1_000_005))
        }
        var next = Applied(try state.restored())
        #expect(next.put("k", "w") == .put(revision: 1_000_005, created: false))
        #expect(next.apply(.delete(key: [0x78], condition: .none), key: named) == .delete(revision: 4, deleted: false))
        let fromNow = next.machine.events(
            after: EventPosition(revision: 1_000_004, number: .max), limit: 9, maxBytes: .max)
        guard case .page(let events, _) = fromNow else {
            Issue.record("the new history begins too late")
            return
        }
        #expect(events.map(\.position) == [EventPosition(revision: 1_000_005, number: 0)])
    }
}
