import CLibUV
import Glibc

/// A file or a device, read and written by blocking calls on libuv's pool, one at a time.
final class FileStream: ByteStream {
    private static let readByteCount = 64 * 1024

    private let descriptor: Int32
    private let worker: DiskWorker
    private let loop: EventLoop
    private var isClosed = false
    private var isReading = false
    /// A job runs, which uses the descriptor.
    private var isBusy = false
    /// Read while reading was stopped.
    private var held: Chunk?
    private var received: ((UnsafeRawBufferPointer) -> Void)?
    private var ended: ((Int32) -> Void)?

    private enum Chunk {
        case bytes([UInt8])
        /// 0, or the error as libuv writes it.
        case end(Int32)
    }

    init(on loop: EventLoop, adopting descriptor: Int32) {
        self.loop = loop
        self.descriptor = descriptor
        worker = DiskWorker(on: loop)
    }

    func startReading(received: @escaping (UnsafeRawBufferPointer) -> Void, ended: @escaping (Int32) -> Void) {
        guard !isClosed, !isReading else { return }
        isReading = true
        self.received = received
        self.ended = ended
        loop.defer { self.goOn() }
    }

    func stopReading() { isReading = false }

    func write(_ piece: UnsafeMutableRawBufferPointer, written: @escaping (Int32) -> Void) {
        precondition(!isBusy && !isClosed, "a stream takes one piece at a time, while it is open")
        let bytes = Array(piece)
        piece.deallocate()
        submit({ [descriptor] in Self.write(bytes, to: descriptor) }, then: written)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        isReading = false
        (received, ended, held) = (nil, nil, nil)
        closeIfIdle()
    }

    /// Hands on what was read, or reads more.
    private func goOn() {
        guard isReading, !isBusy else { return }
        if let held = held.take() { return deliver(held) }
        submit({ [descriptor] in Self.read(from: descriptor) }) { [self] result in
            switch result {
            case .success(let bytes): deliver(bytes.isEmpty ? .end(0) : .bytes(bytes))
            case .failure(let error): deliver(.end(-error.code))
            }
        }
    }

    private func deliver(_ chunk: Chunk) {
        guard isReading else {
            held = chunk
            return
        }
        switch chunk {
        case .bytes(let bytes):
            bytes.withUnsafeBytes { received?($0) }
            goOn()
        case .end(let status):
            isReading = false
            ended?(status)
        }
    }

    private func submit<Output: Sendable>(
        _ work: @escaping @Sendable () -> Output, then completion: @escaping (Output) -> Void
    ) {
        isBusy = true
        worker.submit(.side, work) { [self] output in
            isBusy = false
            guard !isClosed else { return closeIfIdle() }
            completion(output)
        }
    }

    private func closeIfIdle() {
        if !isBusy { Glibc.close(descriptor) }
    }

    // MARK: On the pool

    private static func read(from descriptor: Int32) -> Result<[UInt8], ReactorError> {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: readByteCount) { buffer, filled in
            repeat {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                filled = max(0, count)
                code = count < 0 ? errno : 0
            } while code == EINTR
        }
        return code == 0 ? .success(bytes) : .failure(ReactorError(code: code, operation: "read from stdin"))
    }

    /// - Returns: 0, or the error as libuv writes it.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { all in
            var rest = all[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno != EINTR { return -errno }
                rest = rest.dropFirst(max(0, count))
            }
            return 0
        }
    }
}
