import Raft
import Replica
import StateMachine
import Storage
import Testing

/// A state becomes a data directory that a node starts on.
@Suite struct DirectoryRewriteTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aNodeStartsOnWhatWasWritten() throws {
        let identity = Identity(nodeID: "n1", instance: .random())
        let configuration = Configuration(
            clusterID: .random(),
            members: [Member(number: 1, nodeID: "n1", address: "h:1", instance: identity.instance)])
        var state = StateMachine()
        let put = Command(.put(key: Array("key".utf8), value: Array("value".utf8), condition: .none))
        state.apply(
            LogEntry(
                term: 1, index: 1, kind: .command, payload: Command.payload(timestamp: 5, commandBytes: put.encode())))
        let position = LogPosition(index: 1_000_001, term: 3)
        let directory = folder.at("cluster-n1")
        try DirectoryRewrite.write(
            state.rebased(to: position, configuration: configuration), identity: identity, term: 4, into: directory)

        let image = FileDirectoryImage(directory: directory)
        let format = try FormatFile.decode(folder.contents("cluster-n1/FORMAT"))
        #expect(format.instance == identity.instance && format.clusterID == configuration.clusterID)
        let start = try ReplicaStart.recover(
            identity: identity,
            formation: Formation(identity: identity, address: "h:1", isAddressExplicit: true, peers: []),
            cluster: format.clusterID, image: image, settings: SegmentedLog.Settings())
        #expect(start.hardState.currentTerm == 4)
        #expect(start.commitIndex == position.index && start.log.lastPosition == position)
        #expect(start.stateMachine.view().configuration == configuration)
        #expect(start.stateMachine.view().get(Array("key".utf8))?.value == Array("value".utf8))
        #expect(try folder.mode("cluster-n1") == 0o700)
    }

    @Test func nothingIsWrittenOverAnotherDirectory() throws {
        let identity = Identity(nodeID: "n1", instance: .random())
        let configuration = Configuration(
            clusterID: .random(),
            members: [Member(number: 1, nodeID: "n1", address: "h:1", instance: identity.instance)])
        let state = StateMachine().rebased(to: LogPosition(index: 7, term: 1), configuration: configuration)
        try DirectoryRewrite.write(state, identity: identity, term: 1, into: folder.at("d"))
        let format = try folder.contents("d/FORMAT")
        #expect(throws: DiskFailure.self) {
            try DirectoryRewrite.write(state, identity: identity, term: 1, into: folder.at("d"))
        }
        #expect(try folder.contents("d/FORMAT") == format)
    }
}
