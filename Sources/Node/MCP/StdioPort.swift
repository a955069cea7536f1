import Reactor
import Replica
import StateMachine

/// One client on stdin and stdout: a message a line, in and out.
final class StdioPort {
    /// While this many bytes wait for the client, nothing is read from it.
    static let outputMark = 1 << 20
    /// While this many questions wait for the replica, nothing is read.
    static let questionMark = 64

    /// No more requests come, and whoever wants to may drain: once.
    var onEnd: (() -> Void)?
    /// Why the client could not be answered; nil also when it closed its end.
    private(set) var failure: ReactorError?

    private let loop: EventLoop
    private let streams: StandardStreams
    private let receive: (Input) -> Void
    private var lines: LineReader
    /// Present until closed.
    private var conversation: Conversation?
    /// Who waits for the replica, by the number of the question.
    private var waiting: [ClientRequest.ID: (Answer) -> Void] = [:]
    private var nextID: ClientRequest.ID = 1
    /// What was read since the replica last had nothing to do for us: it may all be held until answered.
    private var unsettledBytes = 0
    private var drainTimer: Timer?
    private var hasSaidEnd = false
    private var drained: (() -> Void)?

    /// - Parameters:
    ///   - sessionLog: of calls that name none.
    ///   - state: what is applied now.
    ///   - receive: hands a question to the replica, whose answer comes by ``answer(_:to:)``.
    init(
        on loop: EventLoop, _ streams: StandardStreams, maxValueSize: Int, sessionLog: [UInt8]?,
        state: @escaping () -> StateMachine, receive: @escaping (Input) -> Void
    ) {
        self.loop = loop
        self.streams = streams
        self.receive = receive
        lines = LineReader(limit: TransactionEndpoint(maxValueSize: maxValueSize).maxBodySize)
        let conversation = Conversation(
            version: Version.current, maxValueSize: maxValueSize, sessionLog: sessionLog, state: state,
            ask: { [unowned self] body, answered in ask(body, answered) },
            send: { [streams] text in streams.output.write(text + [UInt8(ascii: "\n")]) })
        conversation.isWritable = { [streams] in streams.output.pendingBytes < Self.outputMark }
        conversation.onIdle = { [unowned self] in finishDraining() }
        self.conversation = conversation
        streams.input.onBytes = { [unowned self] in received($0) }
        streams.input.onEnd = { [unowned self] in ended($0) }
        streams.output.onWritten = { [unowned self] in written() }
        streams.output.onFailure = { [unowned self] in failed($0) }
    }

    /// Begins to read.
    func start() { regulate() }

    func answer(_ answer: Answer, to id: ClientRequest.ID) {
        guard let answered = waiting.removeValue(forKey: id) else { return }
        if waiting.isEmpty { unsettledBytes = 0 }
        answered(answer)
        regulate()
    }

    /// To be called after each flush.
    func applied() { conversation?.applied() }

    /// Takes nothing new; `completion` runs when what was asked is answered and written, or when the time is over.
    func drain(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        streams.input.close()
        drained = completion
        let timer = Timer(on: loop) { [weak self] in self?.close() }
        timer.start(afterMilliseconds: milliseconds)
        drainTimer = timer
        loop.defer { [weak self] in self?.finishDraining() }
    }

    /// Puts stdin and stdout back as they were, for a process that ends at once.
    func restoreModes() { streams.restoreModes() }

    // MARK: - In

    private func received(_ bytes: UnsafeRawBufferPointer) {
        unsettledBytes += bytes.count
        for line in lines.lines(in: bytes) { take(line) }
        if waiting.isEmpty { unsettledBytes = 0 }
        regulate()
    }

    private func take(_ line: LineReader.Line) {
        switch line {
        case .text(let text): conversation?.receive(text)
        case .tooLong: conversation?.receiveTooLong(limit: lines.limit)
        }
    }

    /// A client that resets its end has gone like one that closes it.
    private func ended(_ error: ReactorError?) {
        if let line = lines.end() { take(line) }
        announceEnd()
    }

    private func ask(_ body: ClientRequest.Body, _ answered: @escaping (Answer) -> Void) {
        let id = nextID
        nextID += 1
        waiting[id] = answered
        receive(.client(ClientRequest(id: id, body: body)))
    }

    /// Reads on, or not: what a client asks and does not take must not fill the memory.
    private func regulate() {
        let isCrowded =
            streams.output.pendingBytes >= Self.outputMark || waiting.count >= Self.questionMark
            || unsettledBytes >= 2 * lines.limit
        if isCrowded { streams.input.stopReading() } else { streams.input.startReading() }
    }

    // MARK: - Out

    private func written() {
        regulate()
        conversation?.applied()
        finishDraining()
    }

    /// Nobody reads the answers, so nobody asks any more.
    private func failed(_ error: ReactorError) {
        if !error.isClosedByPeer { failure = error }
        streams.input.close()
        announceEnd()
        finishDraining()
    }

    private func announceEnd() {
        let onEnd = self.onEnd.take()
        onEnd?()
    }

    // MARK: - Draining

    private func finishDraining() {
        guard drained != nil else { return }
        if streams.output.isClosed { return close() }
        guard let conversation, conversation.inFlight == 0 else { return }
        sayEnd()
        if streams.output.pendingBytes == 0 { close() }
    }

    private func sayEnd() {
        guard !hasSaidEnd else { return }
        hasSaidEnd = true
        conversation?.end()
    }

    private func close() {
        guard let drained = drained.take() else { return }
        drainTimer?.close()
        drainTimer = nil
        sayEnd()
        conversation = nil
        streams.close()
        drained()
    }
}
