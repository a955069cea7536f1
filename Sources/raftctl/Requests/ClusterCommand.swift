import ArgumentParser

/// A command that talks to a cluster.
protocol ClusterCommand: ParsableCommand {
    var cluster: ClusterOptions { get }

    /// - Throws: ``ToolFailure`` when it is not done.
    func run(on client: ClusterClient) throws
}

extension ClusterCommand {
    func run() throws {
        let addresses = try cluster.addresses()
        try ToolFailure.reported {
            let nodes = try Cluster()
            defer { nodes.close() }
            try run(on: ClusterClient(nodes, endpoints: addresses, timeoutSeconds: cluster.timeout))
        }
    }
}

extension ToolFailure {
    /// Runs `body`; a failure becomes its line on stderr and its exit code.
    static func reported(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as ToolFailure {
            StandardStreams.complain(failure.message)
            throw failure.status
        }
    }
}
