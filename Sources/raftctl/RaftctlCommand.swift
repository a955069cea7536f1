import ArgumentParser

/// `raftctl`: the admin and load tool.
struct RaftctlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raftctl",
        abstract: "Looks after a raftd cluster and its data.",
        discussion: """
            Exit status: 0 done, 1 failed, 2 key absent, 3 compare failed, 64 bad usage, 69 no node or no leader, \
            75 a write whose outcome is unknown.
            """,
        version: "raftctl 0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Cluster",
                subcommands: [
                    StatusCommand.self, MembersCommand.self, JoinCommand.self, LeaveCommand.self, TransferCommand.self,
                ]),
            CommandGroup(
                name: "Data",
                subcommands: [
                    GetCommand.self, PutCommand.self, DeleteCommand.self, ListCommand.self, TransactionCommand.self,
                    WatchCommand.self, BackupCommand.self,
                ]),
            CommandGroup(name: "Offline", subcommands: [InspectCommand.self, RestoreCommand.self]),
            CommandGroup(name: "Load", subcommands: [BenchCommand.self]),
        ]
    )
}

extension RaftctlCommand {
    /// Does what the command line says, and ends the process.
    static func start() -> Never {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard let line = usageLine(for: error) else { exit(withError: error) }
            StandardStreams.complain(line)
            exit(withError: ExitCode.validationFailure)
        }
        exit()
    }

    /// What is wrong with the command line, and where to look, in one line; `nil` for what is no error of it.
    static func usageLine(for error: any Error) -> String? {
        guard exitCode(for: error) == .validationFailure else { return nil }
        let line = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        // The parser knows which command it is that was misused, and quotes it in the last line.
        let quoted = fullMessage(for: error).split(whereSeparator: \.isNewline).last?.split(separator: "'")
        let help = quoted.flatMap { $0.count > 1 ? String($0[1]) : nil } ?? "raftctl --help"
        return "\(line.hasSuffix(".") ? String(line.dropLast()) : line): see \(help)"
    }
}
