import Bytes
import Raft
import Testing

@testable import StateMachine

/// Who is convicted by which reports.
@Suite("Verdicts of a comparison")
struct HashComparisonVerdictTests {
    private func configuration(voters: UInt32, learners: UInt32 = 0) -> Configuration {
        Configuration(
            clusterID: ClusterID(high: 1, low: 1),
            members: (1...voters + learners).map {
                Member(
                    number: $0, nodeID: "n\($0)", address: "h:\($0)", instance: InstanceID(high: 0, low: UInt64($0)),
                    isLearner: $0 > voters)
            })
    }

    /// - Parameter hashes: of members 1, 2, …; `nil` for one that does not report.
    private func comparison(
        _ hashes: [UInt64?], versions: [Int: UInt32] = [:], in configuration: Configuration, order: [Int]? = nil
    ) -> HashComparison {
        var comparison = HashComparison()
        comparison.begin(at: 5)
        for place in order ?? Array(hashes.indices) {
            guard let hash = hashes[place] else { continue }
            comparison.add(
                HashReport(
                    instance: InstanceID(high: 0, low: UInt64(place + 1)), index: 5, version: versions[place] ?? 1,
                    hash: StateHash(high: 0, low: hash)), from: configuration)
        }
        return comparison
    }

    private func convicted(_ comparison: HashComparison) -> [UInt64] { comparison.convicted.map(\.low) }

    @Test("a minority is convicted by a majority of the voters, in whatever order they report")
    func minority() {
        let five = configuration(voters: 5)
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0, 3, 1]] {
            let comparison = comparison([1, 1, 2, 1, 3], in: five, order: order)
            #expect(convicted(comparison) == [3, 5] && comparison.isMismatch)
        }
        #expect(convicted(comparison([1, 1, 1, 1, 1], in: five)).isEmpty)
        #expect(!comparison([1, 1, 1, 1, 1], in: five).isMismatch)
    }

    @Test("without a majority of all voters nobody is convicted, and it is told")
    func ties() {
        for (hashes, voters) in [([1, 1, 2, 2], 4), ([1, 2], 2), ([1, 2, 3], 3), ([1, 1, 2, nil, nil], 5)]
            as [([UInt64?], UInt32)]
        {
            let comparison = comparison(hashes, in: configuration(voters: voters))
            #expect(comparison.convicted.isEmpty && comparison.isMismatch && comparison.mismatchIndex == 5)
        }
    }

    @Test("learners are compared, and decide nothing; one member alone proves nothing against another")
    func learners() {
        #expect(convicted(comparison([1, 1, 2], in: configuration(voters: 2, learners: 1))) == [3])
        #expect(convicted(comparison([1, 1, 2, 2, 2], in: configuration(voters: 2, learners: 3))) == [3, 4, 5])
        let tie = comparison([1, 2], in: configuration(voters: 1, learners: 1))
        #expect(tie.convicted.isEmpty && tie.isMismatch)
        #expect(convicted(comparison([1, 1, 2], in: configuration(voters: 1, learners: 2))) == [3])
    }

    @Test("hashes of different versions say nothing about each other")
    func versions() {
        let three = configuration(voters: 3)
        let other = comparison([1, 1, 2], versions: [2: 2], in: three)
        #expect(other.convicted.isEmpty && !other.isMismatch)
        let two = comparison([1, 2, 3], versions: [2: 2], in: three)
        #expect(two.convicted.isEmpty && two.isMismatch)
    }

    @Test("only the first report of a member about this comparison counts")
    func once() {
        let three = configuration(voters: 3)
        var state = comparison([1, 1], in: three)
        func report(_ node: UInt64, index: LogIndex, _ hash: UInt64) {
            state.add(
                HashReport(instance: InstanceID(high: 0, low: node), index: index, hash: StateHash(high: 0, low: hash)),
                from: three)
        }
        report(2, index: 5, 9)
        report(3, index: 4, 9)
        report(7, index: 5, 9)
        #expect(state.reports.map(\.instance.low) == [1, 2] && !state.isMismatch)
        var none = HashComparison()
        none.add(HashReport(instance: InstanceID(high: 0, low: 1), index: 0, hash: .zero), from: three)
        #expect(none == HashComparison())
    }

    @Test("an alarm ends when all members are found equal; a conviction when its instance leaves")
    func end() {
        let three = configuration(voters: 3)
        var state = comparison([1, 2, 1], in: three)
        func compareAgain(at index: LogIndex, nodes: ClosedRange<UInt64>) {
            state.begin(at: index)
            for node in nodes {
                state.add(
                    HashReport(instance: InstanceID(high: 0, low: node), index: index, hash: .zero), from: three)
            }
        }
        compareAgain(at: 6, nodes: 1...2)
        #expect(state.mismatchIndex == 5)
        compareAgain(at: 7, nodes: 1...3)
        #expect(state.mismatchIndex == 0 && convicted(state) == [2] && state.isMismatch)
        state.keepMembers(of: configuration(voters: 1))
        #expect(!state.isMismatch && state.reports.count == 1)
    }

    @Test("a comparison comes back from its bytes, and no part of it does")
    func roundTrip() throws {
        for state in [comparison([1, 2, 1], in: configuration(voters: 3)), HashComparison()] {
            var writer = ByteWriter()
            state.encode(into: &writer)
            var reader = ByteReader(writer.bytes)
            #expect(try HashComparison(reading: &reader) == state)
            #expect(reader.isAtEnd)
            for count in 0..<writer.count {
                var part = ByteReader(Array(writer.bytes[..<count]))
                #expect(throws: ByteReader.Failure.self, "cut to \(count)") { try HashComparison(reading: &part) }
            }
        }
    }
}
