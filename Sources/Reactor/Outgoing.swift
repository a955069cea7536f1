import CLibUV

/// What a connection has yet to send, and how far it is.
struct Outgoing {
    /// What follows when everything is sent.
    enum Ending {
        case shutdown, close
    }

    /// A piece of the queue that libuv sends as the socket takes it. It owns the memory of both.
    struct Piece {
        let request: UnsafeMutablePointer<uv_write_t>
        let bytes: UnsafeMutableRawBufferPointer

        func deallocate() {
            request.deallocate()
            bytes.deallocate()
        }
    }

    var queue = WriteQueue()
    /// Present while the socket is full.
    var inFlight: Piece?
    /// The loop knows that there is something to flush.
    var isDirty = false
    var isCongested = false
    /// At this many pending bytes the connection is congested.
    var highWaterMark = 1024 * 1024
    /// Set once; afterwards nothing more is queued.
    var ending: Ending?

    var byteCount: Int { queue.byteCount + (inFlight?.bytes.count ?? 0) }

    /// Drops what libuv has not been given. What it has, it gives back itself.
    mutating func removeQueued() {
        queue = WriteQueue()
    }
}
