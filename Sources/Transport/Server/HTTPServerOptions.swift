package import HTTP

/// What a server allows its clients.
package struct HTTPServerOptions {
    package var limits = HTTPLimits()
    package var timeouts = ServerTimeouts()
    /// Beyond it a client is told 503 `overloaded` and the connection closes.
    package var maxConnections = 4096
    /// Connections on top of these that are told 503 or have had their last answer, until they are closed. Beyond both a connection is
    /// closed without a word: a descriptor is worth more than a refusal.
    package var maxLingering = 256
    /// How many bytes the body of a request may have, given its head; `limits.bodyBytes` without it.
    package var bodyLimit: ((HTTPRequest) -> Int)?
    /// Which requests may be answered by a stream. What a client sends behind such a one waits until its answer has left.
    package var mayStream: ((HTTPRequest) -> Bool)?
    /// How a request that cannot be read is answered, given its head if that much was read; the error's own answer without it.
    package var refusal: ((HTTPParseError, HTTPRequest?) -> HTTPResponse)?
    /// A stream is not writable while this many bytes wait for its client.
    package var streamBytes = 128 << 10
    /// How often deadlines are looked at: they are late by this much at most.
    package var sweepMilliseconds: UInt64 = 500
    /// How long a connection that ended is read and ignored. Closed with unread bytes it would be reset, and the client
    /// might never see the last answer (RFC 9112, section 9.6).
    package var lingerMilliseconds: UInt64 = 1_000
    /// How long a client may take none of what is sent to it before its connection is reset.
    package var writeStallMilliseconds: UInt64 = 30_000

    package init() {}
}
