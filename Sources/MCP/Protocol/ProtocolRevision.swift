/// A revision of the Model Context Protocol, by its date.
package enum ProtocolRevision: String, CaseIterable, Sendable, Comparable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    /// Whether client and server agree on it once, by `initialize`; the others say with each request what they speak.
    package var hasHandshake: Bool { self < .july2026 }

    /// All revisions with a handshake, or all without, the newest first.
    package static func all(withHandshake: Bool) -> [ProtocolRevision] {
        allCases.filter { $0.hasHandshake == withHandshake }.reversed()
    }

    /// What a server answers to an `initialize` that asks for `requested`: the same if it speaks it so, else its newest.
    package static func negotiated(_ requested: String) -> ProtocolRevision {
        guard let revision = ProtocolRevision(rawValue: requested), revision.hasHandshake else { return .november2025 }
        return revision
    }

    package static func < (left: ProtocolRevision, right: ProtocolRevision) -> Bool { left.rawValue < right.rawValue }
}
