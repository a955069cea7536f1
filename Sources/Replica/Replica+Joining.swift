import Raft

/// How an empty node asks to be taken into a cluster (`--join`), again and again until it is a member. It never stands for election
/// before: it knows no configuration in which it is a voter.
struct Joining {
    /// The waits between two tries grow from the first to the longest, in milliseconds.
    private static let firstWait: UInt64 = 100
    private static let longestWait: UInt64 = 5000

    let settings: JoinSettings
    private var random: SeededRandom
    private var failures: UInt64 = 0
    private(set) var isAsking = false
    private(set) var nextTry = Instant.zero
    /// What came of the last try, for people.
    private(set) var state: String

    init(_ settings: JoinSettings, seed: UInt64) {
        self.settings = settings
        random = SeededRandom(seed: seed)
        state = "it asks \(settings.target) to be let in"
    }

    mutating func ask() { isAsking = true }

    /// - Parameter isSlow: whether soon would be too soon: the answer changes only when somebody does something.
    /// - Returns: whether that is news
    mutating func answered(_ news: String, isSlow: Bool, now: Instant) -> Bool {
        isAsking = false
        let wait = isSlow ? Joining.longestWait : min(Joining.longestWait, Joining.firstWait << min(failures, 6))
        failures += 1
        // Between a half and all of it: nodes that started together do not ask together for ever.
        nextTry = now.advanced(byMilliseconds: UInt64.random(in: wait / 2...wait, using: &random))
        defer { state = news }
        return state != news
    }
}

extension Replica {
    /// Asks to be let in when it is time, until this node sees itself among the committed members.
    func driveJoining(now: Instant) {
        guard let target = joining?.settings, !isStopping else { return }
        if raft.committedConfiguration.configuration.member(of: identity.instance) != nil {
            report(.info, "is a member of cluster \(raft.clusterID)")
            joining = nil
            return
        }
        guard joining?.isAsking == false, now >= joining?.nextTry ?? .never else { return }
        joining?.ask()
        effects.append(
            .requestJoin(
                to: target.target, nodeID: identity.nodeID, address: address, asLearner: target.asLearner))
    }

    var joiningDeadline: Instant {
        guard let joining, !joining.isAsking, !isStopping else { return .never }
        return joining.nextTry
    }

    func joinAnswered(_ answer: JoinAnswer, now: Instant) {
        guard let target = joining?.settings.target else { return }
        switch answer {
        case .accepted:
            note("\(target) has let it in; the leader's entries are awaited", .info, isSlow: true, now: now)
        case .refused(let message, let isFinal):
            note("\(target) does not let it in: \(message)", isFinal ? .error : .warning, isSlow: isFinal, now: now)
        case .unreachable(let reason):
            note("\(target), which is to let it in, cannot be reached: \(reason)", .warning, isSlow: false, now: now)
        }
    }

    private func note(_ news: String, _ level: Report.Level, isSlow: Bool, now: Instant) {
        if joining?.answered(news, isSlow: isSlow, now: now) == true { report(level, news) }
    }
}

extension ReplicaStart {
    /// Whether `--join` is to be acted on: never for one that was a member once, so that a removed node does not add itself again. A log
    /// that begins with a snapshot does not tell, and is taken for a member's.
    var isFree: Bool {
        engineLog.base.index == 0
            && !configurations.contains { $0.configuration.member(of: identity.instance) != nil }
    }
}
