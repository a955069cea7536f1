import ArgumentParser
import Bytes
import HTTP

/// `raftctl leave`: removes a member.
struct LeaveCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave", abstract: "Removes a member from the cluster, running or not.",
        discussion: """
            Refused when it is the last voter, or when those that remain and can be reached are no majority. Its directory is of no \
            use to the cluster afterwards.
            """)

    @Argument(help: "The member's id, or its cluster address.")
    var member: String

    @OptionGroup var cluster: ClusterOptions

    func run(on client: ClusterClient) throws {
        // The cluster answers 503 both for an unknown node and without a leader; only the latter passes.
        guard let name = try client.leaderStatus().member(calledBy: member) else {
            throw ToolFailure("\(member) is no member: see raftctl members")
        }
        do throws(ToolFailure) {
            let request = HTTPRequestMessage.administration("/raft/leave", ["node_id": .string(name)])
            _ = try client.send(request, to: .cluster, effect: .once).document()
        } catch {
            // The answer of the attempt that did it may be the one that was lost.
            let isGone = try client.leaderStatus().member(calledBy: name) == nil
            guard error.status == ToolExit.outcomeUnknown, isGone else { throw error }
        }
        Done.say("\(name) is no member any more", cluster.output)
    }
}
