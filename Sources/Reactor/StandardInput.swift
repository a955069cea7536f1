/// What the process is told. All calls back come from the loop, never from within a call to it.
package final class StandardInput {
    /// - Parameter bytes: never empty; valid during the call only.
    package var onBytes: ((_ bytes: UnsafeRawBufferPointer) -> Void)?
    /// Nothing more comes: once, and the stream is closed.
    /// - Parameter error: nil at the end of the input.
    package var onEnd: ((_ error: ReactorError?) -> Void)?
    /// True after the end, too.
    package private(set) var isClosed = false

    private let stream: any ByteStream

    init(_ stream: any ByteStream) {
        self.stream = stream
    }

    /// Begins to hand on what arrives, or goes on with it. Does nothing when reading already, or closed.
    package func startReading() {
        guard !isClosed else { return }
        stream.startReading(
            received: { [self] bytes in onBytes?(bytes) },
            ended: { [self] status in ended(status) })
    }

    /// Leaves what arrives where it is, which slows the other side down.
    package func stopReading() {
        guard !isClosed else { return }
        stream.stopReading()
    }

    /// Idempotent.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        (onBytes, onEnd) = (nil, nil)
        stream.close()
    }

    private func ended(_ status: Int32) {
        let onEnd = self.onEnd
        close()
        onEnd?(status == 0 ? nil : ReactorError(status: status, operation: "read from stdin"))
    }
}
