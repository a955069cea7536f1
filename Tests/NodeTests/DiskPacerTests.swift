import Testing

@testable import Node

/// Large jobs have the disk while the log does not wait for it.
@Suite struct DiskPacerTests {
    /// Moved by hand.
    private final class Clock {
        var milliseconds: UInt64 = 1000
    }

    private let clock = Clock()
    private var pacer: DiskPacer

    init() {
        let clock = clock
        pacer = DiskPacer(now: { clock.milliseconds * 1_000_000 })
    }

    @Test func anIdleLogLetsThemPass() {
        var started = 0
        pacer.whenCalm { started += 1 }
        #expect(started == 1)
    }

    @Test func aLogThatIsQuickLetsThemPass() {
        var started = 0
        pacer.logJobBegins()
        clock.milliseconds += DiskPacer.lateMilliseconds - 1
        pacer.whenCalm { started += 1 }
        #expect(started == 1)
    }

    @Test func aLateSyncHoldsThemInTheirOrderUntilItIsDone() {
        var started: [Int] = []
        pacer.logJobBegins()
        clock.milliseconds += DiskPacer.lateMilliseconds
        pacer.logJobBegins()
        pacer.whenCalm { started.append(1) }
        pacer.whenCalm { started.append(2) }
        #expect(started == [])
        pacer.logJobEnds()
        #expect(started == [1, 2])
        // The second job is not late: it has just been given to the disk.
        pacer.whenCalm { started.append(3) }
        #expect(started == [1, 2, 3])
    }
}
