import Reactor
import Replica
import StateMachine

/// Tells the cluster which MCP sessions are in use at this node: all of half a minute with one entry, and none that was told lately.
final class SessionUse {
    static let batchMilliseconds: UInt64 = 30_000

    private let ask: Asking
    private let state: () -> StateMachine
    private let batchMilliseconds: UInt64
    private var timer: Timer?
    private var isWaiting = false
    private var used: Set<MCPSessionID> = []

    init(
        on loop: EventLoop, batchMilliseconds: UInt64 = SessionUse.batchMilliseconds, ask: @escaping Asking,
        state: @escaping () -> StateMachine
    ) {
        self.ask = ask
        self.state = state
        self.batchMilliseconds = batchMilliseconds
        timer = Timer(on: loop) { [weak self] in self?.tell() }
    }

    /// A client has used this session.
    func note(_ id: MCPSessionID) {
        let state = state()
        guard let session = state.mcpSession(id), state.isUseOld(of: session) else { return }
        guard used.count < MCPSessionCommand.maximumTouched else { return }
        used.insert(id)
        guard !isWaiting else { return }
        isWaiting = true
        timer?.start(afterMilliseconds: batchMilliseconds)
    }

    /// Ends the timer. Nothing may be noted any more.
    func close() {
        timer?.close()
        timer = nil
    }

    private func tell() {
        isWaiting = false
        let ids = used.sorted()
        used = []
        // Whatever comes of it: who goes on using a session has it told again.
        ask(.write(.mcpSession(.touch(ids)))) { _ in }
    }
}
