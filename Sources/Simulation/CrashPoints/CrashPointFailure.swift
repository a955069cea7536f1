/// A crash after which a node does not find what it must.
struct CrashPointFailure: Error, CustomStringConvertible {
    let workload: String
    /// The number of the state among those of the workload; 0 if it fails without any crash.
    let state: Int
    /// What was done, and what of it the disk kept.
    let place: String
    let complaint: String

    /// The command that shows this state again.
    var reproduction: String {
        "raftsim crash-points --workload \(workload)" + (state > 0 ? " --state \(state)" : "")
    }

    var description: String {
        "\(workload), state \(state): \(complaint)\n  \(place)\n  reproduce: \(reproduction)"
    }
}
