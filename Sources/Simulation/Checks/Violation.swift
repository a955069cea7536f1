/// A promise of the cluster that was broken.
package struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
