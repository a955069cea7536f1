import HTTP
import Replica
import StateMachine
import Transport

/// `GET /v1/backup`: the whole state as one file, encoded as the client takes it.
final class Backups {
    static let path = "/v1/backup"
    /// A backup keeps the state of its moment in memory, as far as it has changed since.
    static let limit = 4

    private final class Session {
        var encoder: SnapshotEncoder
        var stream: ResponseStream?

        init(_ view: StateMachine.View) { encoder = SnapshotEncoder(view) }
    }

    private(set) var count = 0

    /// - Throws: the answer to a request that is wrong.
    func call(_ request: HTTPRequest) throws(Refused) -> ClientRequest.Body {
        try request.requireRead()
        try checkRoom()
        return .read(.snapshot, .linearizable)
    }

    func start(_ view: StateMachine.View, _ handle: ResponseHandle) {
        do throws(Refused) {
            try checkRoom()
        } catch {
            return handle.respond(error.response)
        }
        let session = Session(view)
        count += 1
        session.stream = handle.stream(Backups.head(revision: view.lastApplied)) { [weak self] event in
            self?.take(event, session)
        }
        pump(session)
    }

    private func checkRoom() throws(Refused) {
        guard count < Backups.limit else {
            throw Refused(.overloaded("\(count) backups are being taken at this node; try again later"))
        }
    }

    static func head(revision: UInt64) -> HTTPResponse {
        HTTPResponse(
            .ok, contentType: "application/octet-stream",
            headers: [
                HTTPHeader("Content-Disposition", "attachment; filename=\"raftd-\(revision).backup\""),
                HTTPHeader("Cache-Control", "no-store"), HTTPHeader("X-Content-Type-Options", "nosniff"),
            ])
    }

    private func take(_ event: ResponseStream.Event, _ session: Session) {
        switch event {
        case .writable: pump(session)
        case .stalled:
            session.stream?.abort()
            finish(session)
        // It is worth finishing as long as the server lets it, and the client may only have closed its own side.
        case .clientEnded, .serverStops: break
        case .closed: finish(session)
        }
    }

    private func pump(_ session: Session) {
        while let stream = session.stream, stream.isWritable {
            guard let frame = session.encoder.next() else {
                stream.end()
                return finish(session)
            }
            stream.write(frame)
        }
    }

    private func finish(_ session: Session) {
        guard session.stream != nil else { return }
        session.stream = nil
        count -= 1
    }
}
