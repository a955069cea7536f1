import CLibUV
import Glibc

/// The two descriptors through which the starter of a process talks to it, whatever they are: pipes, sockets, terminals, files.
///
/// The descriptors themselves stay open; a second one of each is used and closed. libuv makes pipes and sockets non-blocking, and that
/// is told of the open file, which the starter and its other children may share. So it is undone by ``close()``; only a process that is
/// killed leaves it behind. A terminal is opened anew by libuv, and the shell's keeps its mode.
package final class StandardStreams {
    package let input: StandardInput
    package let output: StandardOutput
    private let modes: InheritedModes

    /// - Parameters:
    ///   - input: read from.
    ///   - output: written to; may be the same socket.
    /// - Throws: a descriptor is not open, or the process has none left.
    package init(
        on loop: EventLoop, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO
    ) throws(ReactorError) {
        // Before either is opened: they may be one socket.
        modes = InheritedModes(of: [input, output])
        let reader = try InheritedDescriptor.open(input, on: loop, toRead: true)
        do {
            self.output = StandardOutput(on: loop, try InheritedDescriptor.open(output, on: loop, toRead: false))
        } catch {
            reader.close()
            modes.restore()
            throw error
        }
        self.input = StandardInput(reader)
    }

    /// Closes both at once; what was not written is dropped. Idempotent.
    package func close() {
        input.close()
        output.close()
        modes.restore()
    }

    /// Puts the descriptors back as they were, for a process that ends without ``close()``.
    package func restoreModes() { modes.restore() }

    /// Opens `/dev/null` for those of the first three descriptors that are not open. Else a file of ours would get the number, and be
    /// taken for a standard stream.
    package static func openMissing() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is the missing one. Where there is no /dev/null, nothing can be done.
            // discarded: the number is known
            _ = Glibc.open("/dev/null", O_RDWR)
        }
    }
}

/// Which of some descriptors would block when this process began.
private final class InheritedModes {
    private var blocking: [Int32]

    init(of descriptors: [Int32]) {
        blocking = descriptors.filter { descriptor in
            let flags = fcntl(descriptor, F_GETFL)
            return flags != -1 && flags & O_NONBLOCK == 0
        }
    }

    /// Idempotent.
    func restore() {
        for descriptor in blocking {
            let flags = fcntl(descriptor, F_GETFL)
            guard flags != -1, flags & O_NONBLOCK != 0 else { continue }
            // discarded: the descriptor is open, and nobody could do more about it
            _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
        }
        blocking = []
    }
}
