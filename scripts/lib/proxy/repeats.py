"""What nginx does with a request when a node refuses the connection, or breaks it after it got the request: before servers that do
just that, since a kill seldom falls into the milliseconds that a call takes."""

import http.client
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

from testbed.ports import LOOPBACK, free_ports

from .nginx import Nginx

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TURNS = 6
WRITES = [("POST", "/mcp"), ("POST", "/v1/txn"), ("PUT", "/v1/kv/key"), ("DELETE", "/v1/kv/key"), ("PATCH", "/v1/heaps/heap/tags")]


class Pretender:
    """Takes requests, and answers them or breaks the connection."""

    def __init__(self, answer: bytes):
        self.taken = 0
        self._answer = answer
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                self.taken += 1
                connection.sendall(self._answer)


def check_repeats(folder: Path) -> list[str]:
    """What did not hold, in sentences."""
    broken = []
    refused = free_ports(1)[0]
    good, bad = Pretender(ANSWER), Pretender(b"")
    try:
        for number, (method, path) in enumerate(WRITES):
            # A new one each time: nginx leaves the bad node out for a while.
            with Nginx(folder / f"breaks-{number}", _nodes(bad.port, good.port, good.port)) as nginx:
                broken += _offer(nginx, bad, good, method, path)
        with Nginx(folder / "refuses", _nodes(refused, good.port, good.port)) as nginx:
            statuses = [_ask(nginx, "POST", "/mcp") for _ in range(3)]
            if statuses != [200, 200, 200]:
                broken.append(f"POST /mcp beside a node that refuses connections was answered {statuses}")
    finally:
        good.close()
        bad.close()
    return broken


def _offer(nginx: Nginx, bad: Pretender, good: Pretender, method: str, path: str) -> list[str]:
    """Asks until it was the bad node's turn: that request must end there."""
    for _ in range(TURNS):
        before = bad.taken, good.taken
        status = _ask(nginx, method, path)
        taken = bad.taken - before[0], good.taken - before[1]
        if taken == (1, 0) and status == 502:
            return []
        if taken != (0, 1) or status != 200:
            return [f"{method} {path} was answered {status}, taken {taken[0]} times by a node that breaks and {taken[1]} times by another"]
    return [f"{method} {path} was not offered to a node in {TURNS} turns"]


def _ask(nginx: Nginx, method: str, path: str) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, nginx.port, timeout=10)
    connection.request(method, path, b"{}")
    status = connection.getresponse().status
    connection.close()
    return status


def _nodes(*ports: int) -> list:
    return [SimpleNamespace(site=SimpleNamespace(host=LOOPBACK), client_port=port) for port in ports]
