extension ServerConnection {
    /// A request that waits for its turn to be answered.
    struct Slot {
        let isHead: Bool
        let isHTTP10: Bool
        let keepAlive: Bool
        let isSafe: Bool
        /// Nothing behind it runs before it is answered.
        var mayStream: Bool
        var response: HTTPResponse?
        /// - Invariant: nil when there is a `response`
        var stream: OutgoingStream?

        /// Whether an answer has been given, or begun.
        var isBegun: Bool { response != nil || stream != nil }
        /// Whether the answer is there as a whole.
        var isComplete: Bool { response != nil || stream?.hasEnded ?? false }

        /// What an answer says that is not the last one.
        var goesOn: ResponseEncoder.Connection { isHTTP10 ? .keepAlive : .goesOn }
    }

    /// An answer that is written bit by bit.
    struct OutgoingStream {
        let head: HTTPResponse
        /// The head has left for the output; whatever is written follows it there.
        var hasBegun = false
        /// Nothing more will be written.
        var hasEnded: Bool
        /// What was written before the stream's turn came, framed.
        var held: [UInt8] = []
    }
}
