/// The arithmetic of majorities.
package enum Quorum {
    /// The highest value that a majority has reached: the one in the middle, rounded down.
    /// `values` holds one number a voter; the empty set has reached 0.
    package static func reached(_ values: [UInt64]) -> UInt64 {
        guard !values.isEmpty else { return 0 }
        let descending = values.sorted(by: >)
        return descending[values.count / 2]
    }

    package enum Verdict: Sendable, Equatable { case won, lost, pending }

    /// How an election stands with `granted` and `refused` votes out of `voters`.
    package static func verdict(granted: Int, refused: Int, voters: Int) -> Verdict {
        let majority = voters / 2 + 1
        if granted >= majority { return .won }
        return voters - refused < majority ? .lost : .pending
    }
}
