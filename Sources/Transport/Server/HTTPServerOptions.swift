package import HTTP

/// What a server allows its clients.
package struct HTTPServerOptions {
    package var limits = HTTPLimits()
    package var timeouts = ServerTimeouts()
    /// Beyond it a client is told 503 `overloaded` and the connection closes.
    package var maxConnections = 4096
    /// How many bytes the body of a request may have, given its head; `limits.bodyBytes` without it.
    package var bodyLimit: ((HTTPRequest) -> Int)?
    /// How often deadlines are looked at: they are late by this much at most.
    package var sweepMilliseconds: UInt64 = 500
    /// How long a connection that ended is read and ignored. Closed with unread bytes it would be reset, and the client
    /// might never see the last answer (RFC 9112, section 9.6).
    package var lingerMilliseconds: UInt64 = 1_000
    /// How long a client may take none of what is sent to it before its connection is reset.
    package var writeStallMilliseconds: UInt64 = 30_000

    package init() {}
}
