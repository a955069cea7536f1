import Glibc
import Reactor
import Testing

extension ReactorTests {
    @Suite struct EventLoopTests {
        @Test func runReturnsWhenNothingIsLeftToWaitFor() throws {
            try onLoop { _ in }
        }

        @Test func timersFireByDeadlineAndNotAfterStopOrClose() throws {
            var fired: [String] = []
            try onLoop { loop in
                let slow = Timer(on: loop) { fired.append("slow") }
                slow.start(afterMilliseconds: 400)
                let stopped = Timer(on: loop) { fired.append("stopped") }
                stopped.start(afterMilliseconds: 300)
                let closed = Timer(on: loop) { fired.append("closed") }
                closed.start(afterMilliseconds: 300)
                let fast = Timer(on: loop) {
                    fired.append("fast")
                    stopped.stop()
                    closed.close()
                    closed.close()
                    closed.start(afterMilliseconds: 1)
                }
                fast.start(afterMilliseconds: 1)
                let last = Timer(on: loop) {
                    for timer in [slow, stopped, fast] { timer.close() }
                    loop.stop()
                }
                last.start(afterMilliseconds: 500)
                loop.run()
                last.close()
            }
            #expect(fired == ["fast", "slow"])
        }

        @Test func aRepeatingTimerFiresUntilItClosesItself() throws {
            var count = 0
            try onLoop { loop in
                var timer: Timer?
                timer = Timer(on: loop) {
                    count += 1
                    if count == 3 { timer?.close() }
                }
                timer?.start(afterMilliseconds: 0, repeatingMilliseconds: 1)
            }
            #expect(count == 3)
        }

        /// Timers run before the wait: what they collect must be handed on before it, or it waits with the loop. The
        /// signal ends the wait, and is told before the end of the turn that follows.
        @Test func theTurnEndsBeforeTheLoopWaits() throws {
            var order: [String] = []
            try onLoop { loop in
                let watcher = try SignalWatcher(on: loop, signal: SIGUSR2) {
                    order.append("waited")
                    loop.stop()
                }
                let timer = Timer(on: loop) {
                    order.append("collected")
                    kill(getpid(), SIGUSR2)
                }
                loop.onTurnEnd = { if order.last == "collected" { order.append("handed on") } }
                timer.start(afterMilliseconds: 1)
                loop.run()
                loop.onTurnEnd = nil
                timer.close()
                watcher.close()
            }
            #expect(order == ["collected", "handed on", "waited"])
        }

        @Test func deferredWorkRunsBeforeTheTurnEndsAndInOrder() throws {
            var order: [String] = []
            try onLoop { loop in
                loop.onTurnEnd = { if order.count == 3 { order.append("end") } }
                let timer = Timer(on: loop) {
                    loop.defer { order.append("first") }
                    loop.defer { order.append("second") }
                    order.append("timer")
                }
                timer.start(afterMilliseconds: 1)
                loop.defer { loop.defer { timer.start(afterMilliseconds: 1) } }
                let end = Timer(on: loop) { loop.stop() }
                end.start(afterMilliseconds: 50)
                loop.run()
                loop.onTurnEnd = nil
                timer.close()
                end.close()
            }
            #expect(order == ["timer", "first", "second", "end"])
        }

        @Test func workThatKeepsPuttingOffWorkNeitherWaitsNorStarvesTheRest() throws {
            var rounds = 0
            var isFired = false
            var isLate = false
            try onLoop { loop in
                let timer = Timer(on: loop) { isFired = true }
                let watchdog = Timer(on: loop) {
                    isLate = true
                    loop.stop()
                }
                func again() {
                    rounds += 1
                    if isFired && rounds >= 100 { loop.stop() } else { loop.defer(again) }
                }
                timer.start(afterMilliseconds: 1)
                watchdog.start(afterMilliseconds: 20_000)
                loop.defer(again)
                loop.run()
                timer.close()
                watchdog.close()
            }
            #expect(isFired && rounds >= 100 && !isLate)
        }

        @Test func aLoopThatIsDroppedFreesItself() throws {
            var isRun = false
            do {
                let loop = try EventLoop()
                loop.defer { isRun = true }
                loop.run()
            }
            #expect(isRun)
        }

        @Test func closingWithAnOpenHandleThrowsAndLeavesTheLoopUsable() throws {
            let loop = try EventLoop()
            let timer = Timer(on: loop) {}
            let error = #expect(throws: ReactorError.self) { try loop.close() }
            #expect(error?.code == EBUSY)
            #expect(loop.openHandles == 1)
            timer.close()
            try loop.close()
            #expect(loop.openHandles == 0)
            try loop.close()
        }

        @Test func aSignalIsDelivered() throws {
            var count = 0
            try onLoop { loop in
                var watcher: SignalWatcher?
                watcher = try SignalWatcher(on: loop, signal: SIGUSR1) {
                    count += 1
                    watcher?.close()
                    watcher?.close()
                }
                kill(getpid(), SIGUSR1)
            }
            #expect(count == 1)
        }

        @Test func aSignalThatTheParentBlockedIsDelivered() throws {
            var blocked = sigset_t()
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGUSR1)
            pthread_sigmask(SIG_BLOCK, &blocked, nil)
            defer { pthread_sigmask(SIG_UNBLOCK, &blocked, nil) }
            var count = 0
            try onLoop { loop in
                var watcher: SignalWatcher?
                let limit = Timer(on: loop) { watcher?.close() }
                watcher = try SignalWatcher(on: loop, signal: SIGUSR1) {
                    count += 1
                    watcher?.close()
                    limit.close()
                }
                limit.start(afterMilliseconds: 5_000)
                pthread_kill(pthread_self(), SIGUSR1)
            }
            #expect(count == 1)
        }

        @Test func aSignalThatCannotBeCaughtIsRefused() throws {
            try onLoop { loop in
                let error = #expect(throws: ReactorError.self) {
                    try SignalWatcher(on: loop, signal: SIGKILL) {}
                }
                #expect(error?.code == EINVAL)
            }
        }

        @Test func raisingTheDescriptorLimitTwiceChangesNothing() {
            let limit = Descriptors.raiseLimit()
            #expect(limit > 2)
            #expect(Descriptors.raiseLimit() == limit)
        }
    }
}
