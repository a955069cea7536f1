package import Raft

/// What a member says of its state.
package struct HashReport: Sendable, Equatable {
    /// What it takes, in bytes.
    static let byteCount = 44

    package let instance: InstanceID
    /// The entry at which the hash was noted.
    package let index: LogIndex
    /// ``StateHash/version`` of its program.
    package let version: UInt32
    package let hash: StateHash

    package init(instance: InstanceID, index: LogIndex, version: UInt32 = StateHash.version, hash: StateHash) {
        self.instance = instance
        self.index = index
        self.version = version
        self.hash = hash
    }

    /// Whether both were made the same way, and differ.
    func differs(from other: HashReport) -> Bool { version == other.version && hash != other.hash }
}

/// The last comparison of the members' states, and the verdict. Part of the replicated state: every node knows who differs.
///
/// The entry that asks begins it; each member's report is an entry, too, and is judged when it is applied. What the majority of the voters
/// has is right, as in all else; two members at least must agree, since one alone proves nothing against another. Who has something else
/// is convicted, for as long as that instance is a member: a state that was wrong once is not served again. Without a majority nobody
/// is, and all that is left is the alarm.
package struct HashComparison: Sendable, Equatable {
    /// The index of the entry that began it; 0 before the first.
    package private(set) var index: LogIndex = 0
    /// Of members, one each, ascending by instance.
    package private(set) var reports: [HashReport] = []
    /// The comparison in which members differed last; 0 once a later one has found all of them equal.
    package private(set) var mismatchIndex: LogIndex = 0
    /// Members whose states differ from what the majority has, ascending.
    package private(set) var convicted: [InstanceID] = []

    init() {}

    init(index: LogIndex, reports: [HashReport], mismatchIndex: LogIndex, convicted: [InstanceID]) {
        self.index = index
        self.reports = reports
        self.mismatchIndex = mismatchIndex
        self.convicted = convicted
    }

    /// Whether something is wrong with the state of a member.
    package var isMismatch: Bool { mismatchIndex > 0 || !convicted.isEmpty }

    /// What the instance has reported.
    package func report(of instance: InstanceID) -> HashReport? { reports.first { $0.instance == instance } }

    /// A new comparison begins with the entry at `index`.
    mutating func begin(at index: LogIndex) {
        self.index = index
        reports = []
    }

    /// Takes the first report of a member about this comparison, and judges.
    mutating func add(_ report: HashReport, from configuration: Configuration) {
        guard index > 0, report.index == index, configuration.member(of: report.instance) != nil else { return }
        let place = reports.firstIndex { $0.instance >= report.instance } ?? reports.count
        guard place == reports.count || reports[place].instance != report.instance else { return }
        reports.insert(report, at: place)
        judge(configuration)
    }

    /// Forgets who has left.
    mutating func keepMembers(of configuration: Configuration) {
        reports.removeAll { configuration.member(of: $0.instance) == nil }
        convicted.removeAll { configuration.member(of: $0) == nil }
    }

    private mutating func judge(_ configuration: Configuration) {
        if reports.contains(where: { report in reports.contains { $0.differs(from: report) } }) {
            mismatchIndex = index
        } else if isComplete(configuration) {
            mismatchIndex = 0
        }
        guard let right = reports.first(where: { isRight($0, configuration) }) else { return }
        for report in reports where report.differs(from: right) { convict(report.instance) }
    }

    private func isComplete(_ configuration: Configuration) -> Bool {
        configuration.members.compactMap(\.instance).allSatisfy { report(of: $0) != nil }
    }

    private func isRight(_ report: HashReport, _ configuration: Configuration) -> Bool {
        let agreeing = reports.filter { $0.version == report.version && $0.hash == report.hash }
        return agreeing.count >= 2
            && agreeing.count { configuration.isVoter($0.instance) } >= configuration.quorum
    }

    private mutating func convict(_ instance: InstanceID) {
        let place = convicted.firstIndex { $0 >= instance } ?? convicted.count
        if place == convicted.count || convicted[place] != instance { convicted.insert(instance, at: place) }
    }
}
