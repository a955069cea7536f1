import Replica
import StateMachine

// Session logs and heaps as each node holds them.

extension Simulation {
    /// A node holds what the model does, as far as the last entry named it, and as many of all others.
    func compareTouchedResources(_ node: SimulatedNode, _ state: StateMachine) throws(Violation) {
        let model = model.resources
        try compare(node, state, sessions: model.touched.sessions, heaps: model.touched.heaps)
        let view = state.view()
        guard view.sessionLogCount == model.sessionCount, view.taggedHeapCount == model.heapCount else {
            throw Violation(
                "\(node.nodeID) holds \(view.sessionLogCount) session logs and tags of \(view.taggedHeapCount) heaps, where \(model.sessionCount) and \(model.heapCount) belong"
            )
        }
    }

    /// A node holds what the model does.
    func compareResources(_ node: SimulatedNode, _ state: StateMachine) throws(Violation) {
        try compare(node, state, sessions: model.resources.sessions, heaps: model.resources.heaps)
    }

    private func compare(
        _ node: SimulatedNode, _ state: StateMachine, sessions: [[UInt8]], heaps: [[UInt8]]
    ) throws(Violation) {
        for session in sessions {
            let expected = model.resources.entries(of: session)
            let found = state.answer(
                SessionQuery.entries(session: session, startAfter: nil, limit: .max, maxBytes: .max))
            guard found != .entries(expected, next: nil) else { continue }
            throw Violation(
                "\(node.nodeID) holds \(Simulation.describe(found)) in \(String(decoding: session, as: UTF8.self)) at index \(state.lastApplied), where \(Simulation.describe(.entries(expected, next: nil))) belong"
            )
        }
        for heap in heaps {
            let expected = HeapAnswer.tags(model.resources.tags(of: heap))
            guard state.answer(HeapQuery.tags(heap: heap)) == expected else {
                throw Violation(
                    "\(node.nodeID) holds other tags of \(String(decoding: heap, as: UTF8.self)) at index \(state.lastApplied) than belong there"
                )
            }
        }
    }

    private static func describe(_ answer: SessionAnswer) -> String {
        guard case .entries(let entries, _) = answer, let first = entries.first, let last = entries.last else {
            return "no entries"
        }
        return "\(entries.count) entries (\(first.index) to \(last.index))"
    }
}
