import Dispatch
import Reactor
import Testing

extension ReactorTests {
    @Suite struct DiskWorkerTests {
        /// The bulk and preparation jobs are held until every log job is done; if they blocked those, nothing ever ended.
        @Test func aHeldClassDoesNotHoldTheOthers() throws {
            DiskWorker.setPoolSize(1)
            var done: [String] = []
            let held = DispatchSemaphore(value: 0)
            try onLoop { loop in
                let worker = DiskWorker(on: loop)
                worker.submit(.bulk, { held.wait() }, completion: { done.append("bulk") })
                worker.submit(.bulk, { held.wait() }, completion: { done.append("bulk") })
                worker.submit(.preparation, { held.wait() }, completion: { done.append("preparation") })
                for index in 0..<20 {
                    worker.submit(.log, { index }) { result in
                        done.append("log \(result)")
                        guard result == 19 else { return }
                        #expect(worker.pending(.bulk) == 2 && worker.pending(.preparation) == 1)
                        #expect(worker.pending(.log) == 0 && !worker.isIdle)
                        for _ in 0..<3 { held.signal() }
                    }
                }
                #expect(worker.pending(.log) == 20)
                loop.run()
                #expect(worker.isIdle)
            }
            #expect(done.count == 23)
            #expect(Array(done.prefix(20)) == (0..<20).map { "log \($0)" })
        }

        @Test func atMostOneJobOfAClassRunsAtATime() throws {
            let running = Counter()
            var results: [Int] = []
            try onLoop { loop in
                let worker = DiskWorker(on: loop)
                for index in 0..<200 {
                    worker.submit(.log) {
                        running.enter()
                        defer { running.leave() }
                        return index
                    } completion: {
                        results.append($0)
                    }
                }
            }
            #expect(results == Array(0..<200))
            #expect(running.maximum == 1)
        }

        @Test func aJobSubmittedByACompletionRuns() throws {
            var depth = 0
            try onLoop { loop in
                let worker = DiskWorker(on: loop)
                func next() {
                    worker.submit(.preparation, { 1 }) {
                        depth += $0
                        if depth < 10 { next() }
                    }
                }
                next()
                let error = #expect(throws: ReactorError.self) { try loop.close() }
                #expect(error?.name == "EBUSY")
            }
            #expect(depth == 10)
        }

        @Test func aCancelledJobNeitherRunsNorCompletes() throws {
            var done: [Int] = []
            try onLoop { loop in
                let worker = DiskWorker(on: loop)
                for index in 0..<3 { worker.submit(.bulk, { index }, completion: { done.append($0) }) }
                worker.cancelWaiting(.bulk)
                #expect(worker.pending(.bulk) == 1)
            }
            #expect(done == [0])
        }

        @Test func whatAJobHoldsIsReleasedAfterItsCompletion() throws {
            final class Witness: Sendable {}
            weak var witness: Witness?
            try onLoop { loop in
                let worker = DiskWorker(on: loop)
                let held = Witness()
                witness = held
                worker.submit(.bulk, { held }, completion: { _ in #expect(witness != nil) })
            }
            #expect(witness == nil)
        }
    }
}

/// Counts who is inside, across threads.
private final class Counter: @unchecked Sendable {
    private let lock = DispatchSemaphore(value: 1)
    private var inside = 0
    private var most = 0

    var maximum: Int { most }

    func enter() {
        lock.wait()
        inside += 1
        most = max(most, inside)
        lock.signal()
    }

    func leave() {
        lock.wait()
        inside -= 1
        lock.signal()
    }
}
