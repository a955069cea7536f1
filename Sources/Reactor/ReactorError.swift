import CLibUV

/// What the system refused: which error, and while doing what to whom.
package struct ReactorError: Error, Hashable, CustomStringConvertible {
    /// The `errno`, positive. An error of the name service carries libuv's number for it, which is 3000 or more.
    package let code: Int32
    /// What was tried, with its object, such as "connect to 127.0.0.1:80".
    package let operation: String

    /// An error of the operating system.
    /// - Parameter code: an `errno`, positive.
    package init(code: Int32, operation: String) {
        precondition(code > 0, "\(operation): \(code) is no error")
        self.code = code
        self.operation = operation
    }

    /// An error in libuv's convention, which negates `errno`.
    init(status: Int32, operation: String) {
        self.init(code: -status, operation: operation)
    }

    /// The symbol of the error, such as "ECONNREFUSED".
    package var name: String {
        Self.text { uv_err_name_r(-code, $0, $1) }
    }

    /// Nobody listens at the address.
    package var isConnectionRefused: Bool { code == ECONNREFUSED }

    /// The process, or the whole system, has no descriptor left.
    package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }

    /// The other side has closed its end.
    package var isClosedByPeer: Bool { code == EPIPE || code == ECONNRESET }

    package var description: String {
        "\(operation): \(Self.text { uv_strerror_r(-code, $0, $1) }) (\(name))"
    }

    /// The text that libuv writes into a buffer of ours. (Without one it leaks memory for errors it does not know.)
    private static func text(
        _ write: (UnsafeMutablePointer<CChar>, Int) -> UnsafeMutablePointer<CChar>?
    ) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress, let text = write(base, buffer.count) else { return "unknown error" }
            return String(cString: text)
        }
    }
}
