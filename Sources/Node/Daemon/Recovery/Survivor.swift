import Raft
import Replica
import StateMachine
import Storage

/// What a data directory holds when everything in its log counts.
struct Survivor {
    let identity: Identity
    let state: StateMachine
    let lastPosition: LogPosition
    let commitIndex: LogIndex
    /// That this node has ever heard of.
    let highestTerm: Term

    var configuration: Configuration { state.view().configuration }

    /// Reads the directory and changes nothing.
    /// - Throws: damage, exit 65; a directory of another node or without a cluster, exit 1.
    init(path: String, nodeID: String) throws(StartFailure) {
        let image = FileDirectoryImage(directory: path)
        let format = try FormatKeeper(directory: path).existing(nodeID: nodeID)
        identity = Identity(nodeID: format.nodeID, instance: format.instance)
        let formation = Formation(identity: identity, address: "recovery:1", isAddressExplicit: true, peers: [])
        let start: ReplicaStart
        do throws(RecoveryFailure) {
            start = try ReplicaStart.recover(
                identity: identity, formation: formation, cluster: format.clusterID, image: image,
                settings: SegmentedLog.Settings())
        } catch {
            throw error.startFailure(in: path)
        }
        state = start.stateOfWholeLog()
        lastPosition = start.log.lastPosition
        commitIndex = start.commitIndex
        highestTerm = max(start.hardState.currentTerm, lastPosition.term)
        guard lastPosition.index > 0, !configuration.isEmpty else {
            throw StartFailure("\(path) holds nothing of a cluster: there is nothing to recover", status: .failure)
        }
    }
}
