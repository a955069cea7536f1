import CLibUV
import Glibc

/// A pipe, a socket or a terminal. It lives until ``close()``, even when nobody refers to it.
final class WatchedStream: ByteStream {
    private let loop: EventLoop
    /// A `uv_pipe_t`, `uv_tcp_t` or `uv_tty_t`.
    private let handle: Handle<uv_any_handle>
    private var isClosed = false
    private var isReading = false
    private var received: ((UnsafeRawBufferPointer) -> Void)?
    private var ended: ((Int32) -> Void)?
    /// Present while libuv writes.
    private var piece: Outgoing.Piece?
    private var written: ((Int32) -> Void)?

    /// - Throws: then the descriptor still is the caller's.
    init(
        on loop: EventLoop, adopting descriptor: Int32, kind: uv_handle_type, toRead: Bool, name: String
    ) throws(ReactorError) {
        self.loop = loop
        let operation = "open \(name)"
        handle = try Handle(on: loop, for: operation) { loop, handle in
            let raw = UnsafeMutableRawPointer(handle)
            return switch kind {
            case UV_TTY: uv_tty_init(loop, raw.assumingMemoryBound(to: uv_tty_t.self), descriptor, toRead ? 1 : 0)
            case UV_TCP: uv_tcp_init(loop, raw.assumingMemoryBound(to: uv_tcp_t.self))
            default: uv_pipe_init(loop, raw.assumingMemoryBound(to: uv_pipe_t.self), 0)
            }
        }
        handle.retain(self)
        let status = open(descriptor, kind)
        guard status == 0 else {
            close()
            throw ReactorError(status: status, operation: operation)
        }
    }

    private func open(_ descriptor: Int32, _ kind: uv_handle_type) -> Int32 {
        let raw = UnsafeMutableRawPointer(handle.pointer)
        switch kind {
        case UV_TTY:
            // libuv has opened the terminal anew, if it could, and put that in the descriptor's place, too.
            var own: Int32 = -1
            if uv_fileno(clibuv_handle(handle.pointer), &own) == 0, own != descriptor { Glibc.close(descriptor) }
            return 0
        case UV_TCP: return uv_tcp_open(raw.assumingMemoryBound(to: uv_tcp_t.self), descriptor)
        default: return uv_pipe_open(raw.assumingMemoryBound(to: uv_pipe_t.self), descriptor)
        }
    }

    func startReading(received: @escaping (UnsafeRawBufferPointer) -> Void, ended: @escaping (Int32) -> Void) {
        guard !isClosed, !isReading else { return }
        isReading = true
        self.received = received
        self.ended = ended
        let status = uv_read_start(
            clibuv_stream(handle.pointer),
            { handle, _, buffer in
                withOwner(of: handle) { (stream: WatchedStream) in
                    let shared = stream.loop.readBuffer
                    buffer?.pointee = uv_buf_t(
                        base: shared.baseAddress?.assumingMemoryBound(to: CChar.self), len: shared.count)
                }
            },
            { handle, count, _ in withOwner(of: handle) { (stream: WatchedStream) in stream.read(count) } }
        )
        // Such as a pipe that is open for writing only.
        if status != 0 { loop.defer { self.endReading(status) } }
    }

    func stopReading() {
        guard !isClosed, isReading else { return }
        isReading = false
        // Never fails, says its manual.
        uv_read_stop(clibuv_stream(handle.pointer))
    }

    func write(_ bytes: UnsafeMutableRawBufferPointer, written: @escaping (Int32) -> Void) {
        precondition(piece == nil && !isClosed, "a stream takes one piece at a time, while it is open")
        let piece = Outgoing.Piece(request: .allocate(capacity: 1), bytes: bytes)
        self.piece = piece
        self.written = written
        var buffer = uv_buf_t(base: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), len: bytes.count)
        let status = uv_write(piece.request, clibuv_stream(handle.pointer), &buffer, 1) { request, status in
            withOwner(of: request?.pointee.handle) { (stream: WatchedStream) in stream.pieceWritten(status) }
        }
        if status != 0 { loop.defer { self.pieceWritten(status) } }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        isReading = false
        (received, ended, written) = (nil, nil, nil)
        handle.close()
    }

    /// libuv gives the piece back: written, failed, or cancelled by our closing, which comes before the close callback.
    private func pieceWritten(_ status: Int32) {
        piece?.deallocate()
        piece = nil
        let written = self.written.take()
        written?(status)
    }

    /// What libuv read: a number of bytes, 0 for "nothing after all", or a negative status.
    private func read(_ count: Int) {
        if count > 0 {
            received?(UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]))
        } else if count < 0 {
            endReading(count == Int(UV_EOF.rawValue) ? 0 : Int32(count))
        }
    }

    private func endReading(_ status: Int32) {
        stopReading()
        let ended = self.ended.take()
        ended?(status)
    }
}
