"""Messages over loopback TCP, and puts as lean as them, so that both are measured alike."""

import os
import socket
import time

from testbed.ports import LOOPBACK

MESSAGE_BYTES = 320


class EchoProcess:
    """A child that answers each message with its like."""

    def __init__(self):
        listener = socket.create_server((LOOPBACK, 0))
        self._pid = os.fork()
        if self._pid == 0:
            self._serve(listener)
            os._exit(0)
        self._socket = _connect(listener.getsockname()[1])
        listener.close()
        self._message = b"x" * MESSAGE_BYTES

    @staticmethod
    def _serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while message := connection.recv(MESSAGE_BYTES, socket.MSG_WAITALL):
            connection.sendall(message)

    def round_trip_seconds(self) -> float:
        start = time.monotonic()
        self._socket.sendall(self._message)
        self._socket.recv(MESSAGE_BYTES, socket.MSG_WAITALL)
        return time.monotonic() - start

    def stop(self) -> None:
        # Not merely closed: a child forked later may hold a copy.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        os.waitpid(self._pid, 0)


class Writer:
    """A client that puts one small value after the other on one connection."""

    def __init__(self, port: int):
        self._socket = _connect(port)
        value = b"x" * 200
        head = f"PUT /v1/kv/latency HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nContent-Length: {len(value)}\r\n\r\n"
        self._request = head.encode() + value

    def put_seconds(self) -> float:
        start = time.monotonic()
        self._socket.sendall(self._request)
        answer = self._socket.recv(4096)
        seconds = time.monotonic() - start
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise SystemExit(f"the leader answers {answer!r}")
        return seconds

    def close(self) -> None:
        self._socket.close()


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection((LOOPBACK, port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
