/// A change of MCP sessions.
package enum MCPSessionCommand: Sendable, Equatable {
    /// The most sessions that one ``touch(_:)`` names.
    package static let maximumTouched = 4096

    /// A client said `initialize`.
    /// - Parameters:
    ///   - revision: of the protocol, 1 to 32 bytes.
    ///   - sessionLog: of calls that name none, a ``Name``.
    case open(MCPSessionID, revision: [UInt8], sessionLog: [UInt8])
    /// A client has ended its session.
    case close(MCPSessionID)
    /// These sessions are in use. Those that are not known any more are passed over.
    case touch([MCPSessionID])
    /// - Parameter uri: 1 to 4096 bytes.
    case subscribe(MCPSessionID, uri: [UInt8])
    case unsubscribe(MCPSessionID, uri: [UInt8])

    /// The longest URI, in bytes.
    package static let maximumURICount = 4096

    /// What it weighs while it waits, in bytes.
    package var byteCount: Int {
        switch self {
        case .open(_, let revision, let sessionLog): 32 + revision.count + sessionLog.count
        case .close: 32
        case .touch(let ids): 16 + 16 * ids.count
        case .subscribe(_, let uri), .unsubscribe(_, let uri): 32 + uri.count
        }
    }
}

/// What became of it.
package enum MCPSessionOutcome: UInt8, Sendable, Equatable {
    case done = 1
    /// Nothing changed: there is no such session, or no more.
    case unknown
    /// Nothing changed: there are too many sessions that are in use, or the session has too many subscriptions.
    case full
}
