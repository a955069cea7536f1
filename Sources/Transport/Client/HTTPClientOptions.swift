package import HTTP

/// How a client behaves towards its server.
package struct HTTPClientOptions: Sendable {
    package var limits = HTTPLimits()
    package var connectTimeoutMilliseconds: UInt64 = 1_000
    /// Requests without an answer; beyond it sending fails with `.overloaded`.
    package var maxRequests = 1024
    /// Bytes of these requests.
    package var maxBytes = 64 << 20
    /// Requests written and not answered; the rest waits, and so can still be told to be not sent.
    package var maxInFlight = 128
    /// The pause after the first failure to connect; it doubles with each.
    package var backoffMinMilliseconds: UInt64 = 50
    package var backoffMaxMilliseconds: UInt64 = 2_000
    /// How long the kernel waits for the peer to acknowledge bytes (`TCP_USER_TIMEOUT`); nil leaves it to the system.
    package var userTimeoutMilliseconds: UInt32?

    package init() {}
}
