/// The version of the programs, as `--version`, `/raft/status` and refusals tell it.
package enum Version {
    package static let current = "0.1.0"
}
