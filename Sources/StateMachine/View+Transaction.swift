extension StateMachine.View {
    /// Carries out one branch of a transaction, as its comparisons decide.
    mutating func perform(_ transaction: Transaction, revision: UInt64) -> Outcome {
        let succeeded = transaction.compare.allSatisfy { $0.holds(for: get($0.key)) }
        let branch = succeeded ? transaction.then : transaction.otherwise
        let found = foundBytes(of: branch)
        guard found <= Transaction.maximumFoundBytes || branch.count == 1 else {
            return .invalid(
                reason: "the gets find \(found) bytes of values together, more than \(Transaction.maximumFoundBytes)")
        }
        var number: UInt32 = 0
        var results: [TransactionResult] = []
        results.reserveCapacity(branch.count)
        for operation in branch {
            switch operation {
            case .put(let key, let value):
                results.append(.put(created: put(key, value, revision: revision, number: number) == nil))
                number += 1
            case .delete(let key):
                let isDeleted = remove(key, revision: revision, number: number) != nil
                results.append(.delete(deleted: isDeleted))
                if isDeleted { number += 1 }
            case .get(let key): results.append(.get(get(key)))
            }
        }
        return .transaction(revision: revision, succeeded: succeeded, results: results)
    }

    /// At most how much the outcome of an operation takes beside a plain one, were it carried out now.
    func extraOutcomeBytes(of operation: Operation) -> Int {
        switch operation {
        case .transaction(let transaction):
            [transaction.then, transaction.otherwise]
                .map { TransactionResult.overhead * $0.count + foundBytes(of: $0) }
                .reduce(0, max)
        case .session: Name.maximumCount
        case .heap(let command):
            HeapOutcome.byteCount(of: heapTags.tags(of: command.heap).tags) + command.extraOutcomeBytes
        case .put, .delete, .mcpSession, .announce, .compareHashes, .reportHash: 0
        }
    }

    /// How many bytes the gets find: a branch names a key only once, so what its other steps do does not matter to them.
    private func foundBytes(of branch: [TransactionOperation]) -> Int {
        branch.reduce(0) { sum, operation in
            guard case .get(let key) = operation else { return sum }
            return sum + (get(key)?.value.count ?? 0)
        }
    }
}
