"""Calls that are repeated until they are answered, and what became of each attempt."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from mcp import Client
from mcp.shared.exceptions import MCPError

from .wire import Wire, kind_of

GIVE_UP_SECONDS = 60.0
UNKNOWN = "unknown outcome"


class Broken(Exception):
    """A promise, in a sentence."""


@dataclass(frozen=True)
class Failure:
    """One attempt that came to nothing."""

    who: str
    what: str
    began: float
    ended: float
    kind: str
    node: str | None
    """Whom nginx asked last."""
    text: str


@dataclass(frozen=True)
class Done:
    """One call, from its first attempt to its answer."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass
class Tally:
    """What all clients write down."""

    calls: list[Done] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    passed_over: int = 0

    def close(self, who: str, wire: Wire) -> None:
        self.passed_over += wire.passed_over
        self.broken += [f"{who}: {words}" for words in wire.not_found]


class Caller:
    """One client that makes one call at a time."""

    def __init__(self, who: str, client: Client, wire: Wire, tally: Tally, dice: random.Random):
        self.who = who
        self.client = client
        self._wire = wire
        self._tally = tally
        self._dice = dice

    async def tool(self, name: str, **arguments: object) -> dict:
        """What a tool answers in the end. Raises Broken."""

        async def attempt() -> dict | None:
            result = await self.client.call_tool(name, arguments)
            if not result.is_error:
                return result.structured_content
            text = result.content[0].text
            if not text.startswith("It is not known"):
                raise Broken(f"{name} was refused: {text}")
            return None

        return await self._insist(name, attempt)

    async def read(self, uri: str) -> str:
        async def attempt() -> str:
            return (await self.client.read_resource(uri)).contents[0].text

        return await self._insist("read", attempt)

    async def subscribe(self, uri: str) -> None:
        async def attempt() -> bool:
            await self.client.subscribe_resource(uri)
            return True

        await self._insist("subscribe", attempt)

    async def _insist(self, what: str, attempt):
        began = time.monotonic()
        while True:
            tried = time.monotonic()
            self._wire.forget()
            try:
                answer = await attempt()
                if answer is not None:
                    self._tally.calls.append(Done(began, time.monotonic()))
                    return answer
                kind, text = UNKNOWN, UNKNOWN
            except (MCPError, TimeoutError) as error:
                kind, text = kind_of(error, self._wire), str(error)
                if "Session terminated" in text:
                    raise Broken(f"{what}: the session was lost") from None
            now = time.monotonic()
            self._tally.failures.append(Failure(self.who, what, tried, now, kind, self._wire.node, text))
            if now - began > GIVE_UP_SECONDS:
                raise Broken(f"{what} did not succeed within {GIVE_UP_SECONDS:.0f} s: {kind}: {text}")
            await asyncio.sleep(self._dice.uniform(0.1, 0.3))
