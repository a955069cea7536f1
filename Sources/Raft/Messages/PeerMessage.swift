/// A request from one node to another: the body of one HTTP POST to `/raft/*`, answered by one `PeerResponse`.
package struct PeerRequest: Sendable, Equatable {
    package let header: PeerHeader
    package let body: Body

    package init(header: PeerHeader, body: Body) {
        self.header = header
        self.body = body
    }

    package enum Body: Sendable, Equatable {
        case hello(Hello)
        case requestVote(RequestVote)
        case appendEntries(AppendEntries)
        case heartbeat(Heartbeat)
        case readIndex
        case propose(Propose)
        case installSnapshot(InstallSnapshot)
        /// The leader wants the recipient to stand for election at once (thesis 3.10).
        case timeoutNow
        case administer(AdminRequest)
    }
}

/// What a node answers to a `PeerRequest`.
package struct PeerResponse: Sendable, Equatable {
    package let header: PeerHeader
    package let body: Body

    package init(header: PeerHeader, body: Body) {
        self.header = header
        self.body = body
    }

    package enum Body: Sendable, Equatable {
        case hello(HelloResponse)
        case requestVote(RequestVoteResponse)
        case appendEntries(AppendEntriesResponse)
        case heartbeat(HeartbeatResponse)
        case readIndex(ReadIndexResponse)
        case propose(ProposeResponse)
        case installSnapshot(InstallSnapshotResponse)
        /// TimeoutNow has arrived; what comes of it shows in the votes.
        case timeoutNow
        case administer(AdminResponse)
        /// The request was meant for somebody else, or its sender is not who it must be: nothing was changed.
        case refused(Refusal)
    }
}

/// Stands before every message between nodes.
package struct PeerHeader: Sendable, Equatable {
    /// `.none` while the sender belongs to no cluster.
    package var clusterID: ClusterID
    package var sender: Identity
    /// The instance that the message is for; `.none` when the sender does not know it yet.
    package var recipient: InstanceID
    package var term: Term

    package init(clusterID: ClusterID, sender: Identity, recipient: InstanceID, term: Term) {
        self.clusterID = clusterID
        self.sender = sender
        self.recipient = recipient
        self.term = term
    }
}

/// Why a node would not deal with a message at all.
package enum Refusal: UInt8, Sendable, Equatable {
    /// The sender belongs to another cluster.
    case otherCluster = 1
    /// The message is for another instance than the one that holds this address now.
    case otherInstance = 2
    /// The recipient belongs to no cluster yet and was not named: the leader binds it first.
    case unbound = 3
    /// The sender's id is bound to another instance: its directory was wiped.
    case wiped = 4
}
