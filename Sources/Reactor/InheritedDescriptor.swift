import CLibUV
import Glibc

/// Bytes that come and go through a descriptor of any kind. All calls back come from the loop, none after `close`.
protocol ByteStream: AnyObject {
    /// - Parameters:
    ///   - received: bytes that are valid during the call, never none.
    ///   - ended: once, and then nothing is received any more; 0 at the end, else what libuv answered.
    func startReading(received: @escaping (UnsafeRawBufferPointer) -> Void, ended: @escaping (Int32) -> Void)
    /// Nothing is received until reading starts again.
    func stopReading()
    /// Takes one piece at a time, which it frees.
    /// - Parameter written: called with 0, or with what libuv answered.
    func write(_ piece: UnsafeMutableRawBufferPointer, written: @escaping (Int32) -> Void)
    /// Idempotent.
    func close()
}

/// Opens descriptors that the process has not made itself.
enum InheritedDescriptor {
    /// A stream on a copy of `descriptor`.
    /// - Parameter toRead: whether it will be read from, else written to; counts for terminals.
    static func open(_ descriptor: Int32, on loop: EventLoop, toRead: Bool) throws(ReactorError) -> any ByteStream {
        let name = toRead ? "stdin" : "stdout"
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        guard copy >= 0 else { throw ReactorError(code: errno, operation: "open \(name)") }
        let kind = uv_guess_handle(copy)
        guard [UV_NAMED_PIPE, UV_TCP, UV_TTY].contains(kind) else {
            // Files and devices are always ready, so nothing can watch them.
            return FileStream(on: loop, adopting: copy)
        }
        do throws(ReactorError) {
            return try WatchedStream(on: loop, adopting: copy, kind: kind, toRead: toRead, name: name)
        } catch {
            Glibc.close(copy)
            throw error
        }
    }
}
