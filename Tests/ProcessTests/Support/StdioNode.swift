import Foundation
import Glibc

/// How a test talks to a node's stdin and stdout.
enum StdioKind: String, CaseIterable {
    case pipes
    /// One for each direction, as Node.js makes them.
    case sockets
}

/// raftd on stdin and stdout. Its log goes to a file. Start it on the thread that the test stays on.
final class StdioNode {
    let pid: pid_t
    private let log: String
    /// -1 once closed.
    private(set) var input: Int32
    private(set) var output: Int32
    private var exitStatus: Int32?
    private var read: [UInt8] = []

    convenience init(_ kind: StdioKind = .pipes, folder: ScratchFolder, flags: [String] = []) throws {
        let ends = kind == .pipes ? [Self.pipe(), Self.pipe()] : [Self.sockets(), Self.sockets()]
        try self.init(
            input: ends[0].read, output: ends[1].write, toInput: ends[0].write, fromOutput: ends[1].read,
            folder: folder, flags: flags)
    }

    /// - Parameters:
    ///   - input: its stdin, and `output` its stdout; closed here.
    ///   - toInput: what is written to by `say`, or -1; `fromOutput` is read.
    init(
        input: Int32, output: Int32, toInput: Int32, fromOutput: Int32, folder: ScratchFolder, flags: [String] = []
    ) throws {
        // A node may be gone when it is written to.
        Glibc.signal(SIGPIPE, SIG_IGN)
        self.input = toInput
        self.output = fromOutput
        log = folder.path + "/log-\(toInput)-\(fromOutput)"
        defer { for end in Set([input, output]) { close(end) } }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        let words =
            ["setpriv", "--pdeathsig", "KILL", "--", Programs.raftd, "--session-db-path", folder.path] + flags
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw TestFailure("\(words[0]): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    deinit {
        if exitStatus == nil {
            kill(-pid, SIGKILL)
            reap()
        }
        endInput()
        endOutput()
    }

    static func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        precondition(Glibc.pipe(&ends) == 0, "a pipe")
        return closedOnExec(ends)
    }

    static func sockets() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0, "a pair of sockets")
        return closedOnExec(ends)
    }

    private static func closedOnExec(_ ends: [Int32]) -> (read: Int32, write: Int32) {
        for end in ends { precondition(fcntl(end, F_SETFD, FD_CLOEXEC) == 0, "an open descriptor") }
        return (ends[0], ends[1])
    }

    // MARK: Talking

    func say(_ text: String) throws { try Self.write(text, to: input) }

    static func write(_ text: String, to descriptor: Int32) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestFailure("write: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    func endInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    func endOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// The next line of its stdout, without its end.
    func line() throws -> String {
        while true {
            if let end = read.firstIndex(of: UInt8(ascii: "\n")) {
                defer { read.removeFirst(end + 1) }
                return String(decoding: read[..<end], as: UTF8.self)
            }
            guard try readMore() else { throw TestFailure("stdout ended; it logged:\n\(logged)") }
        }
    }

    /// All the rest of its stdout.
    func rest() throws -> String {
        while try readMore() {}
        defer { read = [] }
        return String(decoding: read, as: UTF8.self)
    }

    private func readMore() throws -> Bool {
        var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 60_000) > 0 else { throw TestFailure("silence; it logged:\n\(logged)") }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(output, &buffer, buffer.count)
        guard count > 0 else { return false }
        read += buffer[..<count]
        return true
    }

    /// How much it has read altogether, from files and what it was started with.
    func bytesRead() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8)
        let count = text.split(separator: "\n").first?.split(separator: " ").last.flatMap { Int($0) }
        guard let count else { throw TestFailure("no count in:\n\(text)") }
        return count
    }

    // MARK: Ending

    /// What it wrote to stderr.
    var logged: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// - Returns: the exit status; minus the signal that ended it.
    @discardableResult
    func waitForExit() throws -> Int32 {
        if let exitStatus { return exitStatus }
        try eventually("raftd to end") { reap(options: WNOHANG) }
        return exitStatus ?? 0
    }

    @discardableResult
    private func reap(options: Int32 = 0) -> Bool {
        var status: Int32 = 0
        var found: pid_t = 0
        repeat { found = waitpid(pid, &status, options) } while found == -1 && errno == EINTR
        guard found == pid else { return false }
        let signal = status & 0x7f
        exitStatus = signal == 0 ? (status >> 8) & 0xff : -signal
        return true
    }
}
