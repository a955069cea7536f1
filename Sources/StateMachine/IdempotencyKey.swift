/// What a client calls a request, so that its retry has the first outcome: on any node, for ten minutes, also when another client
/// connection or another forwarder brings it.
package struct IdempotencyKey: Sendable, Equatable {
    /// The longest scope, in bytes.
    package static let maximumScopeCount = 4096

    /// The client's key, with the method and the path that it is for.
    package let scope: [UInt8]
    /// Of what was asked: tells another request under the same key apart.
    package let fingerprint: UInt64

    /// - Precondition: `scope` has 1 to 4096 bytes.
    package init(scope: [UInt8], fingerprint: UInt64) {
        precondition(
            (1...IdempotencyKey.maximumScopeCount).contains(scope.count), "a scope of \(scope.count) bytes is no key")
        self.scope = scope
        self.fingerprint = fingerprint
    }
}
