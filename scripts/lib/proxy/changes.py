"""A writer, and clients that listen to what it changes and read only when they are told to, or when they begin a stream."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field

from mcp import Client
from mcp.client.subscriptions import SubscriptionLost
from mcp.shared.exceptions import MCPError

from .caller import Caller, Failure, Tally
from .wire import Wire, connect, is_modern, kind_of

WRITE_SECONDS = 1.0
RESOURCES = 4
NUMBER = re.compile(r'"(?:code|number)":"(\d+)"')
ENDED_PROPERLY = "ended properly"


@dataclass(frozen=True)
class Write:
    uri: str
    number: int
    """Rises with each write of a resource."""
    began: float
    acknowledged: float


class Writer:
    """Changes one of the resources every second, each through whichever node is next: session logs and tags of heaps in turn."""

    def __init__(self, url: str, run: str, seed: int, tally: Tally):
        self.uris = [f"{['session', 'heap'][number % 2]}:///{run}-watched-{number}" for number in range(RESOURCES)]
        self.writes: list[Write] = []
        self._url = url
        self._dice = random.Random(f"{seed}/writer")
        self._tally = tally

    async def run(self, is_there: asyncio.Event, is_over: asyncio.Event) -> None:
        """Once through all resources, so that they are there; then until it is over."""
        wire = Wire()
        async with connect(self._url, "auto", wire) as client:
            caller = Caller("the writer", client, wire, self._tally, self._dice)
            number = 0
            while not is_over.is_set():
                await self._write(caller, self.uris[number % RESOURCES], number // RESOURCES)
                number += 1
                if number >= RESOURCES:
                    is_there.set()
                    await asyncio.sleep(WRITE_SECONDS)
        self._tally.close("the writer", wire)

    async def _write(self, caller: Caller, uri: str, number: int) -> None:
        kind, name = uri.split(":///")
        key = f"{name}/{number}"
        began = time.monotonic()
        if kind == "session":
            await caller.tool("append_session_entry", session=name, code=str(number), output_heap="h", idempotency_key=key)
        else:
            await caller.tool("merge_heap_tags", heap=name, tags={"number": str(number)}, idempotency_key=key)
        self.writes.append(Write(uri, number, began, time.monotonic()))


@dataclass(frozen=True)
class Sight:
    """What a listener found when it read."""

    when: float
    uri: str
    number: int


@dataclass
class Stream:
    """One stream of changes, as its client saw it."""

    node: str | None
    began: float
    """Acknowledged."""
    caught_up: float | None = None
    """Everything was read after it began."""
    ended: float | None = None
    how: str = ""


@dataclass
class Listener:
    number: int
    mode: str
    url: str
    uris: list[str]
    seed: int
    tally: Tally
    sights: list[Sight] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    is_told_of_ends: bool = True
    """Of its streams, by the SDK: not before 2026-07-28."""
    wire: Wire | None = None

    @property
    def who(self) -> str:
        return f"listener {self.number} ({self.mode})"

    async def run(self) -> None:
        """Until it is cancelled."""
        wire = Wire()
        told: asyncio.Queue[str] = asyncio.Queue()

        async def take(message: object) -> None:
            if getattr(message, "method", None) == "notifications/resources/updated":
                told.put_nowait(message.params.uri)

        try:
            async with connect(self.url, self.mode, wire, take) as client:
                # Reading has a connection and a record of its own, beside the stream's.
                reader_wire = Wire()
                async with connect(self.url, self.mode, reader_wire) as reading:
                    caller = Caller(self.who, reading, reader_wire, self.tally, random.Random(f"{self.seed}/listener/{self.number}"))
                    try:
                        if is_modern(client):
                            await self._listen(client, wire, caller)
                        else:
                            await self._subscribe(client, wire, caller, told)
                    finally:
                        self.tally.close(self.who, reader_wire)
        finally:
            self.tally.close(self.who, wire)

    async def _listen(self, client: Client, wire: Wire, caller: Caller) -> None:
        dice = random.Random(f"{self.seed}/listener/{self.number}/again")
        while True:
            tried = time.monotonic()
            wire.forget()
            try:
                async with client.listen(resource_subscriptions=self.uris) as events:
                    stream = Stream(wire.stream_node, time.monotonic())
                    self.streams.append(stream)
                    try:
                        await self._read_all(caller, stream)
                        async for event in events:
                            await self._read(caller, event.uri)
                        stream.how = ENDED_PROPERLY
                    except SubscriptionLost as lost:
                        stream.how = f"{type(lost).__name__}: {lost.__cause__}"
                    finally:
                        stream.ended = time.monotonic()
            except (MCPError, SubscriptionLost, TimeoutError) as error:
                # Not even begun.
                self.tally.failures.append(
                    Failure(self.who, "listen", tried, time.monotonic(), kind_of(error, wire), wire.node, str(error)))
                await asyncio.sleep(dice.uniform(0.05, 0.15))

    async def _subscribe(self, client: Client, wire: Wire, caller: Caller, told: asyncio.Queue[str]) -> None:
        """Before 2026-07-28 the SDK renews its stream by itself and says nothing: all changes must be told in the end."""
        self.is_told_of_ends = False
        self.wire = wire
        subscriber = Caller(self.who, client, wire, self.tally, random.Random(f"{self.seed}/listener/{self.number}/subscribe"))
        for uri in self.uris:
            await subscriber.subscribe(uri)
        stream = Stream(wire.stream_node, time.monotonic())
        self.streams.append(stream)
        await self._read_all(caller, stream)
        while True:
            await self._read(caller, await told.get())

    async def _read_all(self, caller: Caller, stream: Stream) -> None:
        for uri in self.uris:
            await self._read(caller, uri)
        stream.caught_up = time.monotonic()
        self.is_ready.set()

    async def _read(self, caller: Caller, uri: str) -> None:
        numbers = NUMBER.findall(await caller.read(uri))
        self.sights.append(Sight(time.monotonic(), uri, max(map(int, numbers))))
