/// One node's view of all members of the cluster to be, itself included, and its comparison with another's.
struct MemberList {
    let identity: Identity
    /// Its own advertised address, and whether the operator chose it.
    let address: String
    let isAddressExplicit: Bool
    /// The others, with ids where given or learned.
    let others: [PeerSpecification]
    /// The address under which others are known to list this node.
    var listedAddress: String?

    /// For people: itself and the others.
    var everybody: [PeerSpecification] {
        [PeerSpecification(nodeID: identity.nodeID, address: listedAddress ?? address)] + others
    }

    /// Which entries two lists have for each other.
    struct Matching: Equatable {
        /// In this list, the entry for the other node.
        let entryForTheOther: Int
        /// In the other list, the entry for this node.
        let entryForThis: Int
    }

    /// How two lists name the same members, or `nil` when they do not, or not as far as can be told.
    ///
    /// Third parties are the same by id, or by address when one of the two entries is nameless. An entry known to reach
    /// the other node stands for it, whatever address it bears, as long as it does not name somebody else. Otherwise a
    /// node's entry is found by its id, or nameless by its address; and if it goes by the default address, which nobody
    /// needs to list, it is the one nameless entry that is left over.
    /// - Parameters:
    ///   - entryForTheOther: in this list, the entry that was dialled to reach the other node, if it was
    ///   - entryForThis: in the other list, the entry that was dialled to reach this node, if it was
    /// - Complexity: O(n²) in the number of members
    func matching(_ other: MemberList, entryForTheOther: Int?, entryForThis: Int?) -> Matching? {
        guard others.count == other.others.count else { return nil }
        let forTheOther = entryForTheOther ?? entry(for: other)
        let forThis = entryForThis ?? other.entry(for: self)
        guard forTheOther.map({ others[$0].mayName(other.identity) }) ?? true,
            forThis.map({ other.others[$0].mayName(identity) }) ?? true
        else { return nil }
        let mine = others.indices.filter { $0 != forTheOther }
        let theirs = other.others.indices.filter { $0 != forThis }
        let (mineLeft, theirsLeft) = unmatched(mine, theirs, of: other)
        guard let forTheOther = forTheOther ?? leftover(mineLeft, for: other),
            let forThis = forThis ?? other.leftover(theirsLeft, for: self),
            mineLeft.allSatisfy({ $0 == forTheOther }), theirsLeft.allSatisfy({ $0 == forThis })
        else { return nil }
        return Matching(entryForTheOther: forTheOther, entryForThis: forThis)
    }

    /// The entry that names `other`, or is nameless and has one of its addresses.
    private func entry(for other: MemberList) -> Int? {
        others.firstIndex { $0.nodeID == other.identity.nodeID }
            ?? others.firstIndex {
                $0.nodeID == nil && ($0.address == other.address || $0.address == other.listedAddress)
            }
    }

    /// The single entry left over, if it may be a node that goes by its default address.
    private func leftover(_ left: [Int], for other: MemberList) -> Int? {
        guard !other.isAddressExplicit, left.count == 1, others[left[0]].nodeID == nil else { return nil }
        return left[0]
    }

    /// What remains of both lists when the entries for the same third parties are taken away.
    private func unmatched(_ mine: [Int], _ theirs: [Int], of other: MemberList) -> (mine: [Int], theirs: [Int]) {
        var mine = mine
        var theirs = theirs
        // All ids before any address: a nameless entry must not take the place of a named one.
        for isSame in [PeerSpecification.haveSameID, PeerSpecification.haveSameAddress] {
            mine.removeAll { own in
                guard let place = theirs.firstIndex(where: { isSame(others[own], other.others[$0]) }) else {
                    return false
                }
                theirs.remove(at: place)
                return true
            }
        }
        return (mine, theirs)
    }
}

extension PeerSpecification {
    /// Whether the entry can stand for a node of this identity.
    fileprivate func mayName(_ identity: Identity) -> Bool { nodeID == nil || nodeID == identity.nodeID }

    fileprivate static func haveSameID(_ one: PeerSpecification, _ other: PeerSpecification) -> Bool {
        one.nodeID != nil && one.nodeID == other.nodeID
    }

    /// Named on both sides, the ids decide.
    fileprivate static func haveSameAddress(_ one: PeerSpecification, _ other: PeerSpecification) -> Bool {
        (one.nodeID == nil || other.nodeID == nil) && one.address == other.address
    }
}
