"""Puts at fixed times, whatever the cluster does, and how long each took from when it was due."""

import asyncio
import threading
import time
from dataclasses import dataclass

from .figures import percentile
from .loop_client import LoopClient

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Sample:
    due: float
    seconds: float


class PacedLoad:
    """`rate` puts a second over `connections`, one at a time on each; on a thread of its own between start and stop."""

    def __init__(self, ports: list[int], rate: float, connections: int = 16, keys: int = 10_000, value_bytes: int = 256):
        self.ports = ports
        self.rate = rate
        self.connections = connections
        self.keys = keys
        self.value = b"." * value_bytes
        self.samples: list[Sample] = []
        self.failures = 0
        self._is_over = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over = True
        self._thread.join()

    def between(self, begin: float, end: float) -> list[float]:
        """How long the puts took that were due then (time.monotonic())."""
        return [sample.seconds for sample in list(self.samples) if begin <= sample.due < end]

    def p99_between(self, begin: float, end: float) -> float:
        return percentile(self.between(begin, end), 0.99)

    async def _run(self) -> None:
        began = time.monotonic()
        await asyncio.gather(*(self._drive(number, began) for number in range(self.connections)))

    async def _drive(self, number: int, began: float) -> None:
        count = number
        while not self._is_over:
            try:
                async with LoopClient(self.ports[number % len(self.ports)]) as client:
                    while not self._is_over:
                        due = began + count / self.rate
                        await asyncio.sleep(max(0.0, due - time.monotonic()))
                        reply = await asyncio.wait_for(
                            client.request("PUT", f"/v1/kv/bench/{count % self.keys:08}", self.value), TIMEOUT_SECONDS)
                        count += self.connections
                        if reply.status in (200, 201):
                            self.samples.append(Sample(due, time.monotonic() - due))
                        else:
                            self.failures += 1
            except (OSError, EOFError, TimeoutError):
                self.failures += 1
                count += self.connections
                await asyncio.sleep(0.05)
