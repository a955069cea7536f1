import Reactor
import Testing

extension ReactorTests {
    @Suite struct NameResolverTests {
        @Test func aNumericHostNeedsNoLookUp() throws {
            var found: [SocketAddress] = []
            try onLoop { loop in
                let resolver = NameResolver(on: loop)
                var isInside = true
                for host in ["127.0.0.1", "::1"] {
                    resolver.resolve(host: host, port: 7000) { result in
                        #expect(!isInside)
                        found += (try? result.get()) ?? []
                    }
                }
                isInside = false
                loop.run()
                #expect(resolver.lookupCount == 0)
            }
            #expect(found.map(\.description) == ["127.0.0.1:7000", "[::1]:7000"])
        }

        @Test func localhostIsLookedUpOnceAndKept() throws {
            var answers: [UInt16: [SocketAddress]] = [:]
            try onLoop { loop in
                let resolver = NameResolver(on: loop)
                func ask(_ port: UInt16) {
                    resolver.resolve(host: "localhost", port: port) { answers[port] = try? $0.get() }
                }
                ask(1)
                ask(2)
                loop.run()
                ask(3)
                loop.run()
                #expect(resolver.lookupCount == 1)
            }
            for port in UInt16(1)...3 {
                let found = try #require(answers[port])
                #expect(!found.isEmpty && found.allSatisfy { $0.port == port })
                #expect(found.allSatisfy { ["127.0.0.1", "::1"].contains($0.ip) })
            }
        }

        @Test func anOldAnswerIsLookedUpAgain() throws {
            try onLoop { loop in
                let resolver = NameResolver(on: loop, goodForMilliseconds: 0)
                for _ in 0..<2 {
                    resolver.resolve(host: "localhost", port: 1) { _ in }
                    loop.run()
                }
                #expect(resolver.lookupCount == 2)
            }
        }

        /// A label of more than 63 bytes is no name, as the system knows without asking anybody.
        @Test func aBadNameIsAnError() throws {
            var errors: [ReactorError] = []
            try onLoop { loop in
                let resolver = NameResolver(on: loop)
                let names = [
                    String(repeating: "a", count: 64) + ".invalid", "", "localhost\0.example",
                    String(repeating: "b", count: 5000),
                ]
                for name in names {
                    resolver.resolve(host: name, port: 1) { result in
                        if case .failure(let error) = result { errors.append(error) }
                    }
                }
                loop.run()
                #expect(errors.count == names.count)
            }
            #expect(errors.allSatisfy { $0.operation.hasPrefix("resolve ") && !$0.name.isEmpty })
        }
    }
}
