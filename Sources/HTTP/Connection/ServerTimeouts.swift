/// How long a server waits for a client, in milliseconds.
package struct ServerTimeouts: Sendable, Hashable {
    /// From a head's first byte to its last: a client that drips gets no more; then 408.
    package var headMilliseconds: UInt64 = 10_000
    /// Without any progress of a body; then 408.
    package var bodyMilliseconds: UInt64 = 30_000
    /// Between requests; then the connection closes without a word.
    package var idleMilliseconds: UInt64 = 75_000

    package init() {}
}
