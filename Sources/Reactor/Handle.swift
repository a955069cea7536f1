import CLibUV

/// The memory of one libuv handle, and the reference that keeps the handle's owner alive.
///
/// libuv keeps the address of a handle until its close callback has run, whatever happens to the Swift object around
/// it. So the handle lives on the heap, and holds a strong reference to its owner from ``retain(_:)`` until then:
/// no callback can find its owner gone, and an owner that nobody else refers to ends with its handle.
///
/// - Invariant: a handle that was opened is closed exactly once; ``EventLoop/openHandles`` counts those that are not
///   done with it.
struct Handle<Raw> {
    /// Valid from `init` until the close callback returns.
    let pointer: UnsafeMutablePointer<Raw>

    /// Allocates a handle and lets libuv initialise it. ``retain(_:)`` must follow.
    /// - Throws: what `initialise` answered, unless it is 0.
    init(
        on loop: EventLoop,
        for operation: @autoclosure () -> String,
        _ initialise: (UnsafeMutablePointer<uv_loop_t>, UnsafeMutablePointer<Raw>) -> Int32
    ) throws(ReactorError) {
        let pointer = UnsafeMutablePointer<Raw>.allocate(capacity: 1)
        let status = initialise(loop.pointer, pointer)
        guard status == 0 else {
            pointer.deallocate()
            throw ReactorError(status: status, operation: operation())
        }
        self.pointer = pointer
        loop.openHandles += 1
    }

    /// Keeps `owner` alive until the handle is closed, and makes it known to the handle's callbacks.
    func retain(_ owner: AnyObject) {
        clibuv_set_data(pointer, Unmanaged.passRetained(owner).toOpaque())
    }

    /// Closes the handle. None of its other callbacks runs after this, but the requests under way end with `ECANCELED`.
    /// - Parameter closed: runs later in the turn; it must end with ``releaseHandle(_:)``.
    func close(_ closed: uv_close_cb = releaseHandle) {
        let handle = clibuv_handle(pointer)
        eventLoop(of: handle).closingHandles += 1
        uv_close(handle, closed)
    }
}

/// Calls `body` with the owner of a handle, from one of the handle's callbacks.
@inline(__always)
func withOwner<Owner: AnyObject>(of handle: UnsafeMutableRawPointer?, _ body: (Owner) -> Void) {
    guard let data = clibuv_data(handle) else { preconditionFailure("a libuv handle without an owner") }
    // The handle's own reference holds the owner until the close callback, so none has to be taken here.
    Unmanaged<Owner>.fromOpaque(data)._withUnsafeGuaranteedRef(body)
}

/// The end of every handle: lets go of the owner and frees the memory.
func releaseHandle(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let handle, let data = handle.pointee.data else { preconditionFailure("a libuv handle without an owner") }
    let loop = eventLoop(of: handle)
    loop.openHandles -= 1
    loop.closingHandles -= 1
    UnsafeMutableRawPointer(handle).deallocate()
    Unmanaged<AnyObject>.fromOpaque(data).release()
}

/// The loop that a handle belongs to. It outlives its handles, since their owners hold it.
private func eventLoop(of handle: UnsafeMutablePointer<uv_handle_t>?) -> EventLoop {
    guard let data = handle?.pointee.loop?.pointee.data else { preconditionFailure("a libuv handle without a loop") }
    return Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue()
}
