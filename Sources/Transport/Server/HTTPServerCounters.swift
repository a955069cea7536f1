import HTTP

/// What a server has done since its start.
package struct HTTPServerCounters: Sendable, Hashable {
    /// Connections accepted, refused ones included.
    package internal(set) var connectionsAccepted = 0
    /// Connections that were told 503 or dropped because there were too many.
    package internal(set) var connectionsRefused = 0
    /// Requests handed to the handler.
    package internal(set) var requests = 0
    /// Answers by the first digit of their status, from index 0 for 1xx to index 4 for 5xx.
    package internal(set) var responsesByClass = [Int](repeating: 0, count: 5)

    mutating func count(_ status: HTTPStatus) { responsesByClass[status.hundreds - 1] += 1 }
}
