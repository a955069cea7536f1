/// The two versions that are spoken; every other answers 505.
package enum HTTPVersion: Sendable, Hashable {
    case http10, http11
}
