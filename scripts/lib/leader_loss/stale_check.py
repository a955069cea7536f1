"""Whether a leader that was paused under load ever answers a linearizable read with an old value."""

import asyncio
import signal
import time
from dataclasses import dataclass, field

from testbed.loop_client import LoopClient, ask_once
from testbed.node import Node

WRITERS = 8
READERS = 16
PAUSE_SECONDS = 3.0
SETTLED_SECONDS = 2.0
TIMEOUT_SECONDS = 8.0


@dataclass
class Register:
    """A key with one writer, which counts up."""

    key: str
    acknowledged: int = 0


@dataclass
class StaleCheck:
    leader: Node
    others: list[Node]
    registers: list[Register] = field(default_factory=lambda: [Register(f"counter{number}") for number in range(WRITERS)])
    reads: int = 0
    reads_since_resumed: int = 0
    refused: int = 0
    is_resumed: bool = False
    is_over: bool = False
    stale: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Load, a pause of the leader, more load; `stale` tells what was wrong."""
        writers = [
            asyncio.create_task(self.write(register, self.others[number % len(self.others)]))
            for number, register in enumerate(self.registers)
        ]
        readers = [asyncio.create_task(self.read_on(self.registers[number % WRITERS])) for number in range(READERS)]
        await asyncio.sleep(1)
        self.leader.send_signal(signal.SIGSTOP)
        # These wait at its socket until it goes on; some were begun before the others had a new leader, some after.
        resume_at = time.monotonic() + PAUSE_SECONDS
        while time.monotonic() < resume_at:
            readers.append(asyncio.create_task(self.read_once(self.registers[len(readers) % WRITERS])))
            await asyncio.sleep(0.05)
        self.is_resumed = True
        self.leader.send_signal(signal.SIGCONT)
        await asyncio.sleep(SETTLED_SECONDS)
        self.is_over = True
        await asyncio.gather(*writers, *readers)

    async def write(self, register: Register, node: Node) -> None:
        number = 0
        while not self.is_over:
            try:
                async with LoopClient(node.client_port) as client:
                    while not self.is_over:
                        number += 1
                        path = f"/v1/kv/{register.key}"
                        reply = await asyncio.wait_for(client.request("PUT", path, str(number).encode()), TIMEOUT_SECONDS)
                        if reply.status in (200, 201):
                            register.acknowledged = number
            except (OSError, EOFError, TimeoutError):
                await asyncio.sleep(0.01)

    async def read_on(self, register: Register) -> None:
        while not self.is_over:
            try:
                async with LoopClient(self.leader.client_port) as client:
                    while not self.is_over:
                        await self.read(register, client.request)
            except (OSError, EOFError, TimeoutError):
                await asyncio.sleep(0.01)

    async def read_once(self, register: Register) -> None:
        async def request(method: str, path: str):
            return await ask_once(self.leader.client_port, method, path)

        try:
            await self.read(register, request)
        except (OSError, EOFError, TimeoutError):
            self.refused += 1

    async def read(self, register: Register, request) -> None:
        oldest = register.acknowledged
        reply = await asyncio.wait_for(request("GET", f"/v1/kv/{register.key}"), TIMEOUT_SECONDS)
        if reply.status == 503:
            self.refused += 1
            return
        value = int(reply.body) if reply.status == 200 else 0
        self.reads += 1
        self.reads_since_resumed += self.is_resumed
        if value < oldest:
            self.stale.append(f"{register.key}: read {value}, and {oldest} was acknowledged before the read began")
