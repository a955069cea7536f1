// Which unknown write left the traces of a revision.

extension StoreChecker {
    /// Finds the unknown write that took effect at `revision`, and applies it.
    mutating func identify(_ revision: UInt64) throws(HistoryViolation) {
        let seen = sightings[revision]
        guard let first = seen.first else { return }
        let end = seen.reduce(UInt64.max) { min($0, $1.end) }
        let candidates = unknown.writes(on: first.key).filter {
            operations[$0].start <= end && knownEnds.revision(before: operations[$0].start) < revision
        }
        var best: (write: Int, changes: [(key: Symbol, value: Symbol?)], doubts: Int)?
        for write in candidates {
            let changes = model.execute(operations[write].request, revision: revision).changes
            guard StoreChecker.leave(changes, seen) else { continue }
            let doubts = doubts(about: write, changes, seen, revision)
            if doubts < best?.doubts ?? .max { best = (write, changes, doubts) }
        }
        if let best { return place(best.write, best.changes, at: revision) }
        for write in candidates {
            if let changes = unseenly(write, seen, revision, end) { return place(write, changes, at: revision) }
        }
        for write in candidates {
            guard isClouded(operations[write].request.keys, before: revision, seenBy: end),
                seen.allSatisfy({ StoreChecker.mayLeave($0, operations[write].request) })
            else { continue }
            return place(write, granted(seen), at: revision)
        }
        throw stranger(seen, revision)
    }

    private mutating func place(_ write: Int, _ changes: [(key: Symbol, value: Symbol?)], at revision: UInt64) {
        unknown.place(write, at: revision)
        order.append((revision, write))
        model.apply(changes, revision: revision)
    }

    /// How much speaks against a write that would explain what was seen: changes that nobody saw, more so where somebody should have, or
    /// saw them elsewhere, or before the write began. What takes effect in few states comes before what can in all.
    private func doubts(
        about write: Int, _ changes: [(key: Symbol, value: Symbol?)], _ seen: [Sightings.Sighting], _ revision: UInt64
    ) -> Int {
        var doubts =
            switch operations[write].request {
            case .transaction, .delete(_, .revision), .put(_, _, .revision): 0
            default: 1
            }
        for (key, _, value) in UnknownWrites.effects(of: operations[write].request) {
            guard let value, !seen.contains(where: { $0.key == key && $0.content == .value(value) }) else { continue }
            // Also what it would do on its other branch: who was seen to do that has not done this.
            if sightings.count(of: value, under: key, since: 0) > 0 { doubts += 1000 }
        }
        for (key, value) in changes where value == nil {
            let last = model.value(of: key)?.revision ?? revision
            if absences.contains(key, after: last, before: operations[write].start) { doubts += 1000 }
        }
        for (key, _) in changes where !seen.contains(where: { $0.key == key }) {
            doubts += 2
            if coverage.covers(key, from: revision, through: revision) { doubts += 1000 }
        }
        return doubts
    }

    /// What was seen, as changes.
    private func granted(_ seen: [Sightings.Sighting]) -> [(key: Symbol, value: Symbol?)] {
        seen.compactMap { sighting in
            switch sighting.content {
            case .value(let value): (sighting.key, value)
            case .deleted: (sighting.key, nil)
            case .present: nil
            }
        }
    }

    /// Whether changes leave all that was seen.
    private static func leave(
        _ changes: [(key: Symbol, value: Symbol?)], _ seen: [Sightings.Sighting]
    ) -> Bool {
        seen.allSatisfy { sighting in
            changes.contains { change in
                guard change.key == sighting.key else { return false }
                switch sighting.content {
                case .value(let value): return change.value == value
                case .present: return change.value != nil
                case .deleted: return change.value == nil
                }
            }
        }
    }

    /// What the write would have changed if another unknown write had changed one of its keys before it, unseen.
    private mutating func unseenly(
        _ write: Int, _ seen: [Sightings.Sighting], _ revision: UInt64, _ end: UInt64
    ) -> [(key: Symbol, value: Symbol?)]? {
        for key in operations[write].request.keys {
            for effect in unseenEffects(on: key, before: revision, seenBy: end) where effect.write != write {
                model.assume(effect.value, of: key, before: revision)
                let changes = model.execute(operations[write].request, revision: revision).changes
                if StoreChecker.leave(changes, seen) {
                    unknown.assume(effect, on: key)
                    return changes
                }
                model.takeBackAssumption(of: key)
            }
        }
        return nil
    }

    /// Nobody has written what was seen, or not so.
    private func stranger(_ seen: [Sightings.Sighting], _ revision: UInt64) -> HistoryViolation {
        let first = seen[0]
        var lines = seen.map(\.line)
        let what: String
        switch first.content {
        case .value(let value): what = "\(describe(first.key)) was seen to hold \(symbols.describe(value))"
        case .present: what = "\(describe(first.key)) was seen to hold something"
        case .deleted: what = "\(describe(first.key)) was seen to be deleted"
        }
        let writers = (operations + refused).filter { StoreChecker.mayLeave(first, $0.request) }
        lines += writers.prefix(3).map(\.line)
        let reason: String
        if writers.isEmpty {
            reason = "nobody asked for that"
        } else if writers.allSatisfy({ $0.result == .refused }) {
            reason = "that write was refused as surely not done"
        } else {
            reason = "who asked for that has another revision, began later, or could not have done it then"
        }
        return HistoryViolation("\(what) at revision \(revision), but \(reason)", lines: lines)
    }

    private static func mayLeave(_ sighting: Sightings.Sighting, _ request: HistoryRequest) -> Bool {
        switch (request, sighting.content) {
        case (.put(sighting.key, let written, _), .value(let value)): written == value
        case (.put(sighting.key, _, _), .present), (.delete(sighting.key, _), .deleted): true
        case (.transaction(let transaction), let content):
            (transaction.then + transaction.otherwise).contains { step in
                switch (step, content) {
                case (.put(sighting.key, let written), .value(let value)): written == value
                case (.put(sighting.key, _), .present), (.delete(sighting.key), .deleted): true
                default: false
                }
            }
        default: false
        }
    }
}
