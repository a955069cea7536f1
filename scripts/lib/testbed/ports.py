"""Ports on loopback."""

import random
import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether the kernel lets a server bind it now."""
    with socket.socket() as probe:
        # As raftd binds: connections that linger from a server that is gone do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Distinct free ports below the range that the kernel gives to outgoing connections, since one of those could
    take the port of a node while it is down."""
    candidates = random.SystemRandom().sample(range(10_000, 32_000), 1_000)
    found = []
    for port in candidates:
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise SystemExit(f"fewer than {count} of 1000 tried ports are free")
