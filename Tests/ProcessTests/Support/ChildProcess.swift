import Foundation
import Glibc

/// A process that dies with the test. Its stdout and stderr come together through one pipe, whose end is the process' end.
///
/// Start it on the thread that the test stays on: the kernel kills the child when that thread ends.
final class ChildProcess {
    let pid: pid_t
    private let pipe: Int32
    /// `F_SETPIPE_SZ` of fcntl(2), which Glibc's module leaves out.
    private static let setPipeSize: Int32 = 1031
    private(set) var output = ""
    private var exitStatus: Int32?

    /// - Parameters:
    ///   - environment: added to the test's own.
    ///   - directory: where it runs; nil for here.
    init(_ command: [String], environment: [String: String] = [:], directory: String? = nil) throws {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw TestFailure("pipe: \(String(cString: strerror(errno)))") }
        for end in ends { precondition(fcntl(end, F_SETFD, FD_CLOEXEC) == 0, "an open descriptor") }
        // What a node logs in one test fits, so that it never waits for the test to read.
        guard fcntl(ends[1], Self.setPipeSize, 1 << 20) > 0 else {
            throw TestFailure("fcntl: \(String(cString: strerror(errno)))")
        }
        pipe = ends[0]
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        // The thread of a test may block signals, which a child would inherit.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)

        let all = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let place = directory.map { ["env", "--chdir", $0] } ?? []
        let words = ["setpriv", "--pdeathsig", "KILL", "--"] + place + command
        var arguments = words.map { strdup($0) } + [nil]
        var variables = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw TestFailure("\(command[0]): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    deinit {
        if exitStatus == nil {
            kill(-pid, SIGKILL)
            reap()
        }
        close(pipe)
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// kill -9, until it is gone.
    func killAndWait() throws {
        signal(SIGKILL)
        try waitForExit()
    }

    /// Until it has printed `text`.
    func waitForOutput(_ text: String, seconds: Double = 60) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !output.contains(text) {
            guard try readMore(until: deadline) else {
                throw TestFailure("it ended without printing '\(text)':\n\(output)")
            }
        }
    }

    /// - Returns: the exit status; minus the signal that ended it.
    @discardableResult
    func waitForExit(seconds: Double = 60) throws -> Int32 {
        if let exitStatus { return exitStatus }
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try readMore(until: deadline) {}
        return reap()
    }

    @discardableResult
    private func reap() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
        let signal = status & 0x7f
        let result = signal == 0 ? (status >> 8) & 0xff : -signal
        exitStatus = result
        return result
    }

    /// - Returns: false at the end.
    private func readMore(until deadline: Date) throws -> Bool {
        var descriptor = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(max(0, deadline.timeIntervalSinceNow * 1000))
        guard poll(&descriptor, 1, milliseconds) > 0 else { throw TestFailure("timed out; it printed:\n\(output)") }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(pipe, &buffer, buffer.count)
        guard count > 0 else { return false }
        output += String(decoding: buffer[..<count], as: UTF8.self)
        return true
    }
}
