import ArgumentParser

/// The command line of `raftd recover`, and its help.
struct RecoverFlags: SettingsCommand {
    static let name = "recover"

    static let configuration = CommandConfiguration(
        commandName: "raftd recover",
        abstract: "Makes a cluster of one out of what this node has, when the majority is lost for good.",
        usage: "raftd recover --force-single --node-id ID [--session-db-path DIR] [--advertise-addr HOST:PORT] [--yes]",
        discussion: """
            Stop every node first. Without --yes nothing is changed: it tells the last term and index of the directory. Ask every \
            directory that is left, and take the one with the highest term, then the highest index. All that is in its log counts as \
            committed from then on; what only the lost members had is gone. The cluster and the instance get new ids, so that old members \
            cannot rejoin: give them empty directories and --join. The old directory is kept.
            """
    )

    @Flag(help: "Say that the majority is lost for good.")
    var forceSingle = false

    @Flag(help: "Do it; without this it is only told what would be done.")
    var yes = false

    @Option(help: ArgumentHelp("Where all state lives. (default: \(Options.Default.sessionDBPath))", valueName: "dir"))
    var sessionDBPath: String?

    @Option(help: ArgumentHelp("This node's name. (default: node1)", valueName: "id"))
    var nodeID: String?

    @Option(
        help: ArgumentHelp("The cluster address that others are told. (default: as it was)", valueName: "host:port"))
    var advertiseAddr: String?

    @Option(help: ArgumentHelp("A JSON file with flags, by name.", valueName: "file"))
    var config: String?

    var given: [FlagName: String] {
        let all: [FlagName: String?] = [
            .sessionDBPath: sessionDBPath, .nodeID: nodeID, .advertiseAddress: advertiseAddr, .config: config,
        ]
        return all.compactMapValues { $0 }
    }
}
