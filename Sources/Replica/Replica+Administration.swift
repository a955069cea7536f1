import Raft

extension Replica {
    func administer(_ request: AdminRequest, id: UInt64, now: Instant) {}

    func receive(_ request: AdminRequest, header: PeerHeader, token: UInt64, now: Instant) {}

    func receiveAdminAnswer(_ answer: AdminResponse, id: UInt64, now: Instant) {}

    func adminSendFailed(_ id: UInt64, _ failure: SendFailure, now: Instant) {}

    func dialAnswered(_ id: UInt64, _ response: PeerResponse, now: Instant) {}

    func dialFailed(_ id: UInt64, _ failure: SendFailure, now: Instant) {}
}
