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
