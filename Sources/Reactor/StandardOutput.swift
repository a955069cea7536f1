/// What the process answers. All calls back come from the loop, never from within a call to it.
package final class StandardOutput {
    /// What is handed to the system at once.
    private static let pieceByteCount = 256 * 1024

    /// Some of what waited was taken.
    package var onWritten: (() -> Void)?
    /// Nobody takes any more: once, and the stream is closed. `EPIPE` when the other side closed it.
    package var onFailure: ((ReactorError) -> Void)?
    /// True after a failure, too.
    package private(set) var isClosed = false

    private let loop: EventLoop
    private let stream: any ByteStream
    private var queue = WriteQueue()
    private var inFlightBytes = 0
    /// The loop knows that there is something to write.
    private var isScheduled = false

    init(on loop: EventLoop, _ stream: any ByteStream) {
        self.loop = loop
        self.stream = stream
    }

    /// Bytes written and not yet taken by the system.
    package var pendingBytes: Int { queue.byteCount + inFlightBytes }

    /// Queues bytes to be written at the end of this turn, in order. Does nothing once closed.
    package func write(_ bytes: [UInt8]) {
        guard !isClosed, !bytes.isEmpty else { return }
        queue.append(bytes)
        guard !isScheduled, inFlightBytes == 0 else { return }
        isScheduled = true
        loop.defer { self.writePiece() }
    }

    /// Closes at once; what waits is dropped. Idempotent.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        (onWritten, onFailure) = (nil, nil)
        queue = WriteQueue()
        inFlightBytes = 0
        stream.close()
    }

    private func writePiece() {
        isScheduled = false
        guard !isClosed, inFlightBytes == 0, !queue.isEmpty else { return }
        let piece = queue.takeFirst(atMost: Self.pieceByteCount)
        inFlightBytes = piece.count
        stream.write(piece) { [self] status in written(status) }
    }

    private func written(_ status: Int32) {
        guard status == 0 else {
            let onFailure = self.onFailure
            close()
            onFailure?(ReactorError(status: status, operation: "write to stdout"))
            return
        }
        inFlightBytes = 0
        writePiece()
        onWritten?()
    }
}
