import Raft

/// A script for a node, and the name that one asks for it by.
struct Workload {
    let name: String
    /// What it is about, for a person.
    let summary: String
    let makeTape: () throws -> Tape

    static func named(_ name: String) -> Workload? { all.first { $0.name == name } }

    static var all: [Workload] { scripted + clusters }
}

extension Workload {
    /// Two or three batches fill a segment.
    static let smallSegments = SegmentedLog.Settings(segmentSize: 2048, maxBatchSize: 1024)

    private init(_ name: String, _ summary: String, _ verbs: [ScriptedNode.Verb]) {
        self.init(name: name, summary: summary) {
            var node = try ScriptedNode(settings: Workload.smallSegments)
            for verb in verbs { try node.run(verb) }
            return node.tape
        }
    }

    private static var scripted: [Workload] {
        [
            Workload(
                "append", "batches, seals and segments that grow",
                [
                    .append([0]), .commit, .form, .append([1, 2, 3]), .seal, .append([40]), .append([7]), .commit,
                    .append([700, 200]), .append([900]), .seal, .append([3000]), .append([10]), .commit, .seal,
                ]),
            Workload(
                "prepare", "segments that are zero-filled ahead, beside the appends",
                [
                    .prepare, .append([10]), .commit, .form, .append([600]), .prepare, .append([500]), .append([700]),
                    .beside(.prepare, .append([5, 5])), .append([900]), .commit, .append([2500, 10]),
                    .append([900, 900, 1]), .beside(.append([300]), .prepare), .append([1]), .commit, .seal,
                ]),
            Workload(
                "vote", "terms and votes, raft_meta and its spare",
                [
                    .vote, .vote, .append([10]), .commit, .vote, .form, .vote, .restart, .vote, .append([20]), .vote,
                    .commit, .seal, .vote, .restart, .seal,
                ]),
            Workload(
                "truncate", "later leaders drop what was appended",
                [
                    .append([20, 20]), .commit, .form, .append([20, 30]), .truncate(2), .append([30]), .seal,
                    .truncate(1), .append([8]), .append([9]), .prepare, .append([10, 10]), .truncate(2), .append([500]),
                    .truncate(1), .truncate(1), .append([1]), .prepare, .append([2]), .commit, .seal,
                    .append([10, 10]),
                    .seal, .truncate(1), .seal, .append([10]), .truncate(2), .seal, .commit, .seal,
                ]),
            Workload(
                "torn", "batches that a crash has torn, and on from there",
                [
                    .prepare, .append([10]), .commit, .form, .append([20]), .tear([300], 80), .append([30]),
                    .tear([200, 100], 76), .prepare, .append([40]), .tear([50], 20), .prepare, .append([5]),
                    .tear([600], 64), .tear([60], 39), .append([70]), .tear([900], 0), .truncate(1), .tear([80], 60),
                    .append([7]), .commit, .seal,
                ]),
            Workload(
                "recycled", "segments alike, so that blocks of an old one hold batches where a new one expects them",
                [.append([0]), .commit, .form] + Array(repeating: .append([400]), count: 13) + [.commit, .seal]),
            Workload(
                "restart", "starts between all of it",
                [
                    .restart, .append([10]), .restart, .commit, .append([300]), .form, .restart, .append([20, 900]),
                    .restart, .prepare, .restart, .append([5]), .truncate(1), .restart, .truncate(1), .append([6]),
                    .restart, .commit, .append([7]), .snapshot(0), .restart, .append([900]), .append([900]), .restart,
                    .compact, .restart, .append([8]), .commit, .seal, .restart, .seal,
                ]),
            Workload(
                "snapshot", "snapshots, compaction, segments that go",
                [
                    .append([10]), .commit, .form, .append([700, 700]), .append([900]), .append([800]), .commit,
                    .snapshot(0), .compact, .append([900]), .append([5]), .commit, .beside(.snapshot(1), .append([20])),
                    .beside(.compact, .prepare), .append([7]), .seal, .append([900]), .append([900]),
                    .append([900, 900]), .commit, .snapshot(2), .beside(.compact, .append([3])), .commit, .seal,
                ]),
            Workload(
                "snapshot-truncate", "truncations beside snapshots and compaction",
                [
                    .append([10, 10]), .commit, .form, .append([900, 900]), .truncate(1), .append([700]), .truncate(2),
                    .append([600, 600]), .append([900]), .commit, .append([900]), .snapshot(1), .compact, .truncate(1),
                    .append([4]), .commit, .snapshot(0), .compact, .append([5]), .commit, .append([900]),
                    .append([900]), .truncate(2), .snapshot(0), .compact, .append([3]), .compact, .commit, .seal,
                ]),
        ]
    }
}
