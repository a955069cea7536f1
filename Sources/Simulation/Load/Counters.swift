import Replica
import StateMachine

/// What happens now and then in a cluster to which nobody is kind: a run that never came there shows nothing about it.
package enum Counter: String, CaseIterable, Sendable {
    // Elections and the log.
    case leaderElected = "leaders elected"
    case leaderSteppedDown = "leaders that stepped down"
    case leaderRemovedItself = "leaders that removed themselves"
    case leaderPortRefused = "refused ports of dead leaders"
    case preVoteRefused = "pre-votes refused"
    case voteRefused = "votes refused"
    case appendConflict = "appends that conflicted"
    case appendOfOldTerm = "appends of an older term"
    case logTruncated = "logs truncated"
    case diskLogRead = "entries read from disk for a follower"

    // Snapshots.
    case snapshotMade = "snapshots made"
    case snapshotChunk = "chunks of snapshots answered"
    case snapshotInstalled = "snapshots installed"
    case logCompacted = "logs compacted"

    // Messages.
    case messageLost = "messages lost by chance"
    case messageCut = "messages cut off both ways"
    case messageCutOneWay = "messages cut off one way"
    case duplicate = "messages that came twice"
    case overtaking = "messages that overtook others"

    // Disks and starts.
    case tornTailCut = "torn tails cut"
    case segmentForced = "segments begun after a truncation"
    case interruptedRecovery = "recoveries interrupted"
    case syncFailed = "syncs that failed"
    case diskStall = "jobs that met a full disk"
    case rotFound = "rot found at a start"
    case wipedNodeRefused = "wiped nodes refused"
    case strangerRefused = "messages of strangers refused"
    case longPause = "pauses longer than an election time-out"

    // Operators.
    case nodeJoined = "nodes let in"
    case memberPromoted = "learners promoted"
    case leaveDone = "leaves done"
    case transferDone = "transfers done"
    case operatorRefused = "operators' requests refused"

    // Clients.
    case forwardRepeated = "forwarded writes logged again"
    case namedWriteRepeated = "named writes logged again"
    case outcomeUnknown = "outcomes unknown"
    case unavailable = "requests refused for want of a leader"
    case overloaded = "requests refused as too many"
    case noSpaceAnswer = "writes refused for want of space"

    // Session logs and heaps.
    case entryAppended = "entries appended"
    case headMismatch = "appends refused for their expected head"
    case logForked = "session logs forked"
    case tagsChanged = "changes of tags"
}

/// How often each fault was made and each rare thing happened. May be added up over runs.
package struct Counters: Sendable {
    private var events: [Counter: Int] = [:]
    private var faults: [FaultKind: Int] = [:]

    package subscript(counter: Counter) -> Int { events[counter] ?? 0 }
    package subscript(fault: FaultKind) -> Int { faults[fault] ?? 0 }

    mutating func add(_ counter: Counter, _ count: Int = 1) { events[counter, default: 0] += count }
    mutating func add(_ fault: FaultKind) { faults[fault, default: 0] += 1 }

    static func += (total: inout Counters, part: Counters) {
        for counter in Counter.allCases { total.add(counter, part[counter]) }
        for fault in FaultKind.allCases { total.faults[fault, default: 0] += part[fault] }
    }

    mutating func note(_ answer: Answer) {
        switch answer {
        case .outcomeUnknown: add(.outcomeUnknown)
        case .unavailable: add(.unavailable)
        case .overloaded: add(.overloaded)
        case .noSpace: add(.noSpaceAnswer)
        case .outcome(.session(.appended)): add(.entryAppended)
        case .outcome(.session(.headMismatch)): add(.headMismatch)
        case .outcome(.session(.forked)): add(.logForked)
        case .outcome(.heap): add(.tagsChanged)
        case .outcome, .value, .page, .session, .heap, .revision, .snapshot, .quotaExceeded: break
        }
    }

    /// Names and counts, always all of them in the same order: the faults, then what came of them.
    package var faultRows: [(name: String, count: Int)] { FaultKind.allCases.map { ($0.rawValue, self[$0]) } }
    package var eventRows: [(name: String, count: Int)] { Counter.allCases.map { ($0.rawValue, self[$0]) } }
}

extension Answer {
    /// The revision that a write was acknowledged with.
    var acknowledgedRevision: UInt64? {
        switch self {
        case .outcome(.put(let revision, _)), .outcome(.delete(let revision, _)),
            .outcome(.transaction(let revision, _, _)), .outcome(.session(.appended(_, let revision))),
            .outcome(.session(.forked(let revision))), .outcome(.session(.trimmed(let revision, _))),
            .outcome(.session(.deleted(let revision, _))), .outcome(.heap(.tags(_, let revision))),
            .outcome(.heap(.cleared(let revision, _))):
            revision
        default: nil
        }
    }
}
