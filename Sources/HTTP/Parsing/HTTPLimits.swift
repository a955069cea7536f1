/// What one message may cost. All sizes are in bytes.
package struct HTTPLimits: Sendable, Hashable {
    /// The request or status line without its line end; longer is 414.
    package var startLineBytes = 16 << 10
    /// All header lines with their line ends; more is 431.
    package var headerSectionBytes = 32 << 10
    /// Header fields; more is 431.
    package var headerCount = 100
    /// Content, chunks put together; more is 413. A server may ask for another limit at each request.
    package var bodyBytes = 1 << 20
    /// Chunk extensions of one message, all together.
    package var chunkExtensionBytes = 4 << 10
    /// Trailer lines with their line ends.
    package var trailerSectionBytes = 8 << 10
    /// Requests of one connection that wait for their answers; beyond it reading stops.
    package var pipelinedRequests = 128
    /// Whether pipelined requests that change something may run beside others. RFC 9112, section 9.3.2, allows it for safe methods
    /// only; between programs that know each other it may be agreed.
    package var runsUnsafeInParallel = false
    /// Answers are written out as long as fewer bytes than this wait to be taken, so one answer may go beyond it.
    package var outputBytes = 256 << 10

    package init() {}
}
