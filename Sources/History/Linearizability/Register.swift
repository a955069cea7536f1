/// One key as single operations see it.
struct Register: Hashable {
    /// `nil` when the key is absent.
    private(set) var value: Symbol?
    /// The revision of the value; `nil` when the key is absent, or the write that made it never told.
    private(set) var revision: UInt64?

    static let absent = Register(value: nil, revision: nil)

    /// Something an operation tells of the register as it found it.
    enum Demand: Hashable {
        case absent
        case present
        case value(Symbol)
        case valueIsNot(Symbol)
        case revision(UInt64)
        case revisionIsNot(UInt64)
        /// It contradicts itself.
        case impossible
    }

    enum Effect: Hashable {
        case none
        /// - Parameter revision: `nil` when nobody was told.
        case put(Symbol, revision: UInt64?)
        case delete
    }

    /// What an operation does if it finds the register as it demands.
    struct Step: Hashable {
        var demands: [Demand]
        var effect: Effect
    }

    /// The register after `step`, `nil` if it does not meet the demands. A revision that nobody told is what the first one who sees the
    /// value says.
    func after(_ step: Step) -> Register? {
        var found = self
        for demand in step.demands where !found.meets(demand) { return nil }
        switch step.effect {
        case .none: return found
        case .put(let value, let revision): return Register(value: value, revision: revision)
        case .delete: return .absent
        }
    }

    private mutating func meets(_ demand: Demand) -> Bool {
        switch demand {
        case .absent: return value == nil
        case .present: return value != nil
        case .value(let wanted): return value == wanted
        case .valueIsNot(let unwanted): return value != unwanted
        case .revision(let wanted):
            guard value != nil else { return false }
            if revision == nil { revision = wanted }
            return revision == wanted
        case .revisionIsNot(let unwanted): return revision != unwanted
        case .impossible: return false
        }
    }
}
