/// What hears of a connection's fate. All calls come from the loop, never from within a call to the connection.
package protocol TCPConnectionDelegate: AnyObject {
    /// - Parameter bytes: never empty; valid during the call only, since all connections share the buffer.
    func received(_ bytes: UnsafeRawBufferPointer, on connection: TCPConnection)
    /// The peer sends no more. Writing may go on; whoever has nothing to write closes.
    func receivedEnd(on connection: TCPConnection)
    /// The connection was congested and is no longer.
    func drained(_ connection: TCPConnection)
    /// The connection is gone: exactly once, and nothing follows.
    /// - Parameter error: nil when our side closed it.
    func closed(_ connection: TCPConnection, error: ReactorError?)
}
