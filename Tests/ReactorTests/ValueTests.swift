import Glibc
import Testing

@testable import Reactor

/// The values: addresses, errors, queues.
@Suite struct ValueTests {
    @Test func anAddressPrintsInItsShortestForm() throws {
        let v4 = try #require(SocketAddress(ip: "192.168.1.20", port: 80))
        #expect(v4.description == "192.168.1.20:80" && v4.ip == "192.168.1.20" && v4.port == 80 && !v4.isIPv6)
        let v6 = try #require(SocketAddress(ip: "2001:0DB8::0:1", port: 443))
        #expect(v6.description == "[2001:db8::1]:443" && v6.isIPv6)
        #expect(v6 == SocketAddress(ip: "2001:db8:0:0::1", port: 443))
        #expect(v4 != v4.with(port: 81) && v4.with(port: 81).ip == v4.ip)
    }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "[::1]", "127.0.0.1\0x", "fe80::1%lo", "1.2.3.4 ",
    ])
    func whatIsNoNumericAddressIsRefused(_ ip: String) {
        #expect(SocketAddress(ip: ip, port: 1) == nil)
    }

    @Test func anErrorTellsWhatHappenedToWhat() {
        let error = ReactorError(code: ECONNREFUSED, operation: "connect to 127.0.0.1:1")
        #expect(error.description == "connect to 127.0.0.1:1: connection refused (ECONNREFUSED)")
        #expect(error.isConnectionRefused && !error.isOutOfDescriptors)
        #expect(ReactorError(code: EMFILE, operation: "accept").isOutOfDescriptors)
    }

    /// Against an array, with random sizes on both ends.
    @Test(arguments: UInt64(1)...20)
    func theWriteQueueKeepsEveryByteInOrder(seed: UInt64) {
        var generator = SplitMix64(state: seed)
        var queue = WriteQueue()
        var expected: [UInt8] = []
        for _ in 0..<600 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let size = Int.random(in: 0...(Bool.random(using: &generator) ? 100 : 20_000), using: &generator)
                let chunk = randomBytes(size, seed: generator.next())
                queue.append(chunk)
                expected += chunk
            case 2:
                let gathered = gather(queue)
                #expect(expected.starts(with: gathered), "seed \(seed)")
                let sent = Int.random(in: 0...gathered.count, using: &generator)
                queue.removeFirst(sent)
                expected.removeFirst(sent)
            default:
                let taken = queue.takeFirst(atMost: Int.random(in: 1...30_000, using: &generator))
                #expect(expected.starts(with: taken), "seed \(seed)")
                expected.removeFirst(taken.count)
                taken.deallocate()
            }
            #expect(queue.byteCount == expected.count && queue.isEmpty == expected.isEmpty, "seed \(seed)")
        }
    }

    @Test func theQueueIsFirstInFirstOut() {
        var queue = FIFO<Int>()
        var next = 0
        for index in 0..<100 {
            queue.append(index)
            guard index % 3 == 0 else { continue }
            #expect(queue.popFirst() == next)
            next += 1
        }
        #expect(queue.count == 100 - next)
        while let value = queue.popFirst() {
            #expect(value == next)
            next += 1
        }
        #expect(next == 100 && queue.isEmpty)
    }

    private func gather(_ queue: WriteQueue) -> [UInt8] {
        guard !queue.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let (offered, answer) = queue.withBuffers { buffers, count in
            // On Unix libuv's buffers are those of `writev`.
            let vectors = UnsafeRawPointer(buffers)?.assumingMemoryBound(to: iovec.self)
            for vector in UnsafeBufferPointer(start: vectors, count: Int(count)) {
                bytes.append(contentsOf: UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
            }
            return 7
        }
        #expect(offered == bytes.count && answer == 7)
        return bytes
    }
}
