package import HTTP

/// Who takes an answer as it comes, however long it is. Called from the loop; `onEnd` last, and once.
package struct ResponseReceiver {
    /// Status and headers; not called when the request fails before.
    package var onHead: (HTTPResponseMessage) -> Void
    /// The next bytes of the body. Whoever cannot take more for now calls `HTTPClient.pauseReading()`; what has been read already still comes.
    package var onBody: ([UInt8]) -> Void
    /// The answer is complete, or what cut it off.
    package var onEnd: (Result<Void, HTTPClientError>) -> Void

    package init(
        onHead: @escaping (HTTPResponseMessage) -> Void, onBody: @escaping ([UInt8]) -> Void,
        onEnd: @escaping (Result<Void, HTTPClientError>) -> Void
    ) {
        self.onHead = onHead
        self.onBody = onBody
        self.onEnd = onEnd
    }
}
