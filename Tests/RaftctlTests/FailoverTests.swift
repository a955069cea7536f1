import ArgumentParser
import HTTP
import Reactor
import Testing

@testable import raftctl

/// When a request goes on to the next node, and when it must not.
@Suite struct FailoverTests {
    private let write = HTTPRequestMessage(.put, "/v1/kv/k", body: [1])

    /// A cluster of fake nodes, in the order in which they are asked.
    private func send(
        _ request: HTTPRequestMessage, effect: ClusterClient.Effect, timeoutSeconds: Int = 10,
        to reactions: [FakeNode.Reaction]...
    ) throws -> (result: Result<HTTPResponseMessage, ToolFailure>, asked: [Int]) {
        let nodes = try Cluster()
        let fakes = try reactions.map { try FakeNode(on: nodes.loop, $0) }
        let addresses = try fakes.enumerated().map { ("n\($0 + 1)", try $1.address.description) }
        for fake in fakes { fake.clientAddresses = addresses }
        let client = ClusterClient(nodes, endpoints: [try fakes[0].address], timeoutSeconds: timeoutSeconds)
        let result = Result { () throws(ToolFailure) in try client.send(request, effect: effect) }
        for fake in fakes { fake.close() }
        nodes.close()
        return (result, fakes.map(\.requests.count))
    }

    @Test func aNodeWithoutALeaderIsPassedOver() throws {
        let (result, asked) = try send(
            write, effect: .eachTime, to: [.refusal(.serviceUnavailable, "unavailable")], [.written])
        #expect(try result.get().status == .created)
        #expect(asked == [1, 1])
    }

    @Test func aWriteThatMayHaveHappenedIsNotSentAgainWithoutAKey() throws {
        let (result, asked) = try send(
            write, effect: .eachTime, to: [.refusal(.gatewayTimeout, "outcome_unknown")], [.written])
        #expect(status(result) == ToolExit.outcomeUnknown)
        #expect(asked == [1, 0])
    }

    @Test func aWriteThatMayHaveHappenedGoesOnWithAKey() throws {
        let (result, asked) = try send(
            write, effect: .once, to: [.refusal(.gatewayTimeout, "outcome_unknown")], [.written])
        #expect(try result.get().status == .created)
        #expect(asked == [1, 1])
    }

    @Test func aSilentNodeMakesAWriteUnknown() throws {
        let (result, asked) = try send(write, effect: .eachTime, timeoutSeconds: 1, to: [.silence], [.written])
        #expect(status(result) == ToolExit.outcomeUnknown)
        #expect(asked == [1, 0])
    }

    @Test func aWriteThatWasOnceUnknownStaysSoWhenNobodyAnswersLater() throws {
        let (result, _) = try send(
            write, effect: .once, timeoutSeconds: 1,
            to: [.refusal(.gatewayTimeout, "outcome_unknown"), .refusal(.serviceUnavailable, "unavailable")])
        #expect(status(result) == ToolExit.outcomeUnknown)
    }

    @Test func whatANodeSaysLaterIsToldWithADoubt() throws {
        let (result, _) = try send(
            write, effect: .once, timeoutSeconds: 1,
            to: [
                .refusal(.gatewayTimeout, "outcome_unknown"),
                .answer(.error(.serviceUnavailable, code: "unavailable", message: "no leader in term 7")),
            ])
        #expect(status(result) == ToolExit.outcomeUnknown)
        #expect(message(result)?.contains("because") == true)
        #expect(message(result)?.contains("no leader in term 7") == true)
    }

    @Test func withoutALeaderNothingHappened() throws {
        let (result, asked) = try send(
            write, effect: .once, timeoutSeconds: 1, to: [.refusal(.serviceUnavailable, "unavailable")])
        #expect(status(result) == ToolExit.unavailable)
        #expect(asked[0] > 1, "it looks again until time is over")
    }

    @Test func aRefusalThatComesAfterTheTimeIsHeard() throws {
        let late = FakeNode.Reaction.late(.error(.serviceUnavailable, code: "unavailable", message: "because"), 1_200)
        let (result, _) = try send(write, effect: .once, timeoutSeconds: 1, to: [late])
        #expect(status(result) == ToolExit.unavailable)
        #expect(message(result)?.contains("because") == true)
    }

    @Test func aNodeThatIsDownDoesNotHideTheReasonOfAnother() throws {
        let nodes = try Cluster()
        let up = try FakeNode(on: nodes.loop, [.refusal(.serviceUnavailable, "unavailable")])
        let down = try FakeNode(on: nodes.loop, [.silence])
        let endpoints = [try up.address, try down.address]
        down.close()
        let client = ClusterClient(nodes, endpoints: endpoints, timeoutSeconds: 1)
        let result = Result { () throws(ToolFailure) in try client.send(write, to: .cluster, effect: .once) }
        up.close()
        nodes.close()
        #expect(status(result) == ToolExit.unavailable)
        #expect(message(result)?.contains("because") == true)
    }

    @Test func aReadIsNeverOfUnknownOutcome() throws {
        let (result, _) = try send(
            HTTPRequestMessage(.get, "/v1/kv/k"), effect: .none, timeoutSeconds: 1,
            to: [.refusal(.gatewayTimeout, "timeout")])
        #expect(status(result) == ToolExit.unavailable)
    }

    @Test(arguments: [
        (HTTPStatus.notFound, "not_found", ExitCode.failure),
        (.preconditionFailed, "precondition_failed", ToolExit.compareFailed),
        (.conflict, "conflict", ExitCode.failure), (.insufficientStorage, "no_space", ExitCode.failure),
    ])
    func aRefusalEndsIt(status: HTTPStatus, code: String, expected: ExitCode) throws {
        let (result, asked) = try send(write, effect: .once, to: [.refusal(status, code)], [.written])
        let response = try result.get()
        #expect(ServerError(response).failure.status == expected)
        #expect(asked == [1, 0])
    }

    private func status(_ result: Result<HTTPResponseMessage, ToolFailure>) -> ExitCode? {
        if case .failure(let failure) = result { failure.status } else { nil }
    }

    private func message(_ result: Result<HTTPResponseMessage, ToolFailure>) -> String? {
        if case .failure(let failure) = result { failure.message } else { nil }
    }
}
