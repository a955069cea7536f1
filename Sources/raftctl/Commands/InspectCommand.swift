import ArgumentParser
import Raft
import StateMachine

/// `raftctl inspect`: a data directory, offline, for a person.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what is in a data directory, without a running node.",
        discussion: """
            DIR is a node's directory (…/cluster-ID), or --session-db-path if only one node is there. Stop the node first, or the end \
            of the log may look torn. A damaged directory is shown as far as it verifies. Exit status 1 when something does not.
            """)

    @Argument(help: "The directory.")
    var dir: String

    @Option(help: ArgumentHelp("Also show these entries of the log.", valueName: "from..to"))
    var entries: EntryRange?

    @Option(
        help: ArgumentHelp(
            "Also show the keys that begin with this and their values; \"\" for all.", valueName: "prefix"))
    var data: String?

    @Option(help: ArgumentHelp("How to print.", valueName: "table|json"))
    var output = OutputFormat.table

    func run() throws {
        try ToolFailure.reported {
            var directory = try DirectoryInspection(dir)
            let snapshots = SnapshotInspection.all(in: directory.image)
            var applied = AppliedData(snapshots.last { $0.machine != nil }?.machine ?? StateMachine())
            var log = LogInspection(directory.image)
            var listed: [(entry: LogEntry, isCommitted: Bool)] = []
            log.readEntries { batch, commitIndex in
                applied.add(batch, commitIndex: commitIndex)
                if let first = batch.first { listed.removeAll { $0.entry.index >= first.index } }
                listed += batch.filter { entries?.contains($0.index) ?? false }.map { ($0, false) }
            }
            for place in listed.indices { listed[place].isCommitted = listed[place].entry.index <= log.commitIndex }
            directory.damages += snapshots.compactMap(\.damage) + log.damages
            let report = InspectionReport(
                directory: directory, snapshots: snapshots, log: log, applied: applied,
                entries: entries == nil ? nil : listed,
                dataPrefix: data)
            StandardStreams.say(output == .json ? report.json : report.text)
            if !directory.damages.isEmpty { throw ExitCode.failure }
        }
    }
}
