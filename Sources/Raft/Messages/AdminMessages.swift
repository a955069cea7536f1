/// What an operator asks of the cluster, passed on to its leader.
package enum AdminRequest: Sendable, Equatable {
    case join(nodeID: String, address: String, asLearner: Bool)
    case leave(nodeID: String)
    /// Leadership to the voter of that id.
    case transfer(to: String)
}

package enum AdminResponse: Sendable, Equatable {
    /// Committed; for a transfer: another leads.
    case done
    case refused(AdminRefusal)
}

/// Why an operator's request was not carried out.
package struct AdminRefusal: Sendable, Equatable {
    package let code: Code
    /// For the operator: what, and what to do.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package enum Code: UInt8, Sendable {
        /// No leader, or none that could be reached, or no such node.
        case unavailable = 1
        /// At odds with the members there are.
        case conflict = 2
        case invalid = 3
        /// Begun, but what became of it is not known.
        case timeout = 4
        /// Between nodes only: the sender asks the next leader.
        case notLeader = 5
    }
}
