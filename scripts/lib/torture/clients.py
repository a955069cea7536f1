"""A client: one operation after the other at the node it is on, at another one when that does not answer."""

import asyncio
import random
import time
from dataclasses import dataclass

from testbed.loop_client import LoopClient

from .answers import WrongAnswer, heard_in, result_of
from .history import REFUSED, UNKNOWN, History, now
from .operations import KEYED_SHARE, Operations
from .requests import Request
from .resources import Resources

TIMEOUT_SECONDS = 2.5
CONNECT_SECONDS = 0.5
PAUSE_SECONDS = 0.03
MOVE_SHARE = 0.01
KEYED_ATTEMPTS = 6


@dataclass(frozen=True)
class Place:
    node_id: str
    host: str
    port: int


class TortureClient:
    def __init__(self, number: int, places: list[Place], interval: float, seed: str):
        """`interval`: seconds from one operation to the next."""
        self.number = number
        self.places = places
        self.interval = interval
        self.dice = random.Random(seed)
        self.place = places[number % len(places)]
        self.connection: LoopClient | None = None
        self.keyed = 0
        self.not_sent = 0

    async def run(self, prefix: str, history: History, is_over: asyncio.Event) -> Resources:
        """What it has asked of session logs and heaps."""
        operations = Operations(prefix, self.number, self.dice)
        due = time.monotonic() + self.dice.uniform(0, self.interval)
        while not is_over.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            request = operations.next()
            if request.is_write and self.dice.random() < KEYED_SHARE:
                await self.keyed_write(request, history, operations, is_over)
            else:
                result = await self.attempt(request, history)
                self.learn(operations, request, result)
            if self.dice.random() < MOVE_SHARE:
                self.move()
            due = max(due + self.interval, time.monotonic() - 0.2)
        self.move()
        return operations.resources

    async def keyed_write(self, request: Request, history: History, operations: Operations, is_over: asyncio.Event) -> None:
        """Asks again, elsewhere, until it knows the outcome; now and then once more although it does."""
        self.keyed += 1
        key = f"{request.operation.get('txn') is not None:d}-{history.path.stem}-{self.number}-{self.keyed}"
        for _ in range(KEYED_ATTEMPTS):
            result = await self.attempt(request, history, key)
            self.learn(operations, request, result)
            is_known = result not in (None, UNKNOWN, REFUSED)
            if (is_known and self.dice.random() < 0.8) or is_over.is_set():
                return
            self.move()

    def learn(self, operations: Operations, request: Request, result: dict | None) -> None:
        for key, revision, value in heard_in(request.operation, result or {}):
            operations.heard(key, revision, value)
        operations.resources.heard(request.operation, result or {})

    async def attempt(self, request: Request, history: History, key: str | None = None) -> dict | None:
        """None when nothing was sent."""
        if not await self.connect():
            self.not_sent += 1
            await self.pause()
            return None
        headers = dict(request.headers or {})
        if key is not None:
            headers["Idempotency-Key"] = f'"{key}"'
        node_id, start = self.place.node_id, now()
        try:
            reply = await asyncio.wait_for(
                self.connection.request(request.method, request.path, request.body, headers), TIMEOUT_SECONDS)
            result = result_of(request.operation, reply)
        except (OSError, EOFError, TimeoutError):
            self.move()
            result = UNKNOWN
        except WrongAnswer as wrong:
            raise WrongAnswer(f"{node_id}: {wrong}") from None
        history.add(self.number, node_id, start, request.operation, result, key)
        if result is REFUSED:
            await self.pause()
        return result

    async def connect(self) -> bool:
        if self.connection is not None:
            return True
        connection = LoopClient(self.place.port, self.place.host)
        try:
            await asyncio.wait_for(connection.open(), CONNECT_SECONDS)
        except (OSError, TimeoutError):
            return False
        self.connection = connection
        return True

    async def pause(self) -> None:
        self.move()
        await asyncio.sleep(self.dice.uniform(0.5, 1.5) * PAUSE_SECONDS)

    def take_not_sent(self) -> int:
        """How often nobody listened, since the last call."""
        count, self.not_sent = self.not_sent, 0
        return count

    def move(self) -> None:
        """To another node."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self.place = self.dice.choice(self.places)
