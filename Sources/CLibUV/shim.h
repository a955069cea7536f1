#ifndef CLIBUV_SHIM_H
#define CLIBUV_SHIM_H

#include <sys/socket.h>
#include <uv.h>

// libuv's handles share their first fields and are cast into one another in C. Swift does not know the kinship of
// two structures, so the casts are made here.

/// Any handle as the handle it is.
static inline uv_handle_t *clibuv_handle(void *handle) {
    return (uv_handle_t *)handle;
}

/// The handle of a socket, a pipe or a terminal as the stream it is.
static inline uv_stream_t *clibuv_stream(void *stream) {
    return (uv_stream_t *)stream;
}

/// What the owner stored in a handle of any kind.
static inline void *clibuv_data(const void *handle) {
    return ((const uv_handle_t *)handle)->data;
}

/// Stores the owner in a handle of any kind.
static inline void clibuv_set_data(void *handle, void *data) {
    ((uv_handle_t *)handle)->data = data;
}

// glibc declares it for _GNU_SOURCE only, which a module's header cannot ask for after the fact.
extern int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);

/// Accepts a connection that neither blocks nor outlives an exec.
static inline int clibuv_accept(int socket, struct sockaddr *address, socklen_t *length) {
    return accept4(socket, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#endif
