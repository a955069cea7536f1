import Raft
import Testing

/// The arithmetic of majorities against the definition, over all subsets of up to seven voters.
@Suite struct QuorumTests {
    /// All subsets of `0..<count`, as bits.
    private func subsets(of count: Int) -> Range<Int> { 0..<(1 << count) }

    private func isMajority(_ subset: Int, of count: Int) -> Bool { 2 * subset.nonzeroBitCount > count }

    @Test(arguments: 1...7)
    func aQuorumIsTheSmallestMajority(voters: Int) {
        let smallest = subsets(of: voters).filter { isMajority($0, of: voters) }.map(\.nonzeroBitCount).min()
        let configuration = Configuration(
            clusterID: .none,
            members: (1...voters).map { EngineCluster.member(Member.Number($0)) }
                + [EngineCluster.member(100, isLearner: true), EngineCluster.member(101, isLearner: true)])
        #expect(configuration.quorum == smallest)
    }

    @Test(arguments: 1...7)
    func twoQuorumsShareAVoter(voters: Int) {
        let quorums = subsets(of: voters).filter { subset in
            Quorum.verdict(granted: subset.nonzeroBitCount, refused: 0, voters: voters) == .won
        }
        for one in quorums {
            #expect(quorums.allSatisfy { $0 & one != 0 })
        }
    }

    /// Three answers a voter: granted, refused, none yet.
    @Test(arguments: 1...7)
    func anElectionIsDecidedWhenNoAnswerCanChangeIt(voters: Int) {
        for granted in subsets(of: voters) {
            for refused in subsets(of: voters) where granted & refused == 0 {
                let open = subsets(of: voters).filter { $0 & (granted | refused) == 0 }
                let isSure = isMajority(granted, of: voters)
                let isPossible = open.contains { isMajority(granted | $0, of: voters) }
                let expected: Quorum.Verdict = isSure ? .won : isPossible ? .pending : .lost
                let verdict = Quorum.verdict(
                    granted: granted.nonzeroBitCount, refused: refused.nonzeroBitCount, voters: voters)
                #expect(
                    verdict == expected,
                    "\(granted.nonzeroBitCount) for, \(refused.nonzeroBitCount) against of \(voters)")
            }
        }
    }

    /// All assignments of the values 0…3 to up to five voters, and of 0…1 to seven.
    @Test(arguments: [(1, 4), (2, 4), (3, 4), (4, 4), (5, 4), (6, 3), (7, 2)])
    func aMajorityHasReachedTheHighestValueThatAMajorityHolds(voters: Int, values: Int) {
        var assignment = [UInt64](repeating: 0, count: voters)
        var isMore = true
        while isMore {
            let expected = (0..<UInt64(values)).last { value in
                2 * assignment.count { $0 >= value } > voters
            }
            #expect(Quorum.reached(assignment) == expected, "\(assignment)")
            isMore = advance(&assignment, values: values)
        }
    }

    @Test func nobodyHasReachedNothing() {
        #expect(Quorum.reached([]) == 0)
    }

    /// Counts up, the first voter being the last digit. Returns false after the last assignment.
    private func advance(_ assignment: inout [UInt64], values: Int) -> Bool {
        for place in assignment.indices {
            assignment[place] += 1
            if assignment[place] < values { return true }
            assignment[place] = 0
        }
        return false
    }
}
