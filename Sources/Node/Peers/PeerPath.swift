import Raft

/// The paths of the cluster port on which nodes talk to each other (docs/PROTOCOL.md).
enum PeerPath: String, CaseIterable {
    case hello = "/raft/hello"
    case requestVote = "/raft/request-vote"
    case appendEntries = "/raft/append-entries"
    case readIndex = "/raft/read-index"
    case propose = "/raft/propose"
    case installSnapshot = "/raft/install-snapshot"

    /// Where a request goes.
    init(_ body: PeerRequest.Body) {
        switch body {
        case .hello: self = .hello
        case .requestVote, .timeoutNow: self = .requestVote
        case .appendEntries, .heartbeat: self = .appendEntries
        case .readIndex: self = .readIndex
        case .propose, .administer: self = .propose
        case .installSnapshot: self = .installSnapshot
        }
    }

    static let contentType = "application/vnd.raftd.peer"
}
