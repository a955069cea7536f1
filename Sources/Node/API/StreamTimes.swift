/// How long streams are silent, and last, in milliseconds.
struct StreamTimes {
    /// After so long a watch says how far it is.
    var watchIdle: UInt64 = 10_000
    /// After so long every other stream says that it still holds: less than what proxies put up with.
    var idle: UInt64 = 15_000
    /// At least so long a session's stream lasts; then it ends properly, and its client begins it anew where it was. The official SDK gives
    /// up a stream that broke twice since it last ended so, whenever that was.
    var session: UInt64 = 240_000
}
