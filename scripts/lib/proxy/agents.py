"""Clients that each keep a session log of their own."""

import asyncio
import random

from .caller import Broken, Caller, Tally
from .wire import Wire, connect

READ_LIMIT = 1000


class Agent:
    def __init__(self, number: int, mode: str, url: str, run: str, period: float, seed: int, tally: Tally):
        self.name = f"{run}-{number}"
        self.who = f"client {number} ({mode})"
        self.acknowledged: list[str] = []
        """The code of each entry, in order."""
        self.is_connected = asyncio.Event()
        self._mode = mode
        self._period = period
        self._url = url
        self._dice = random.Random(f"{seed}/{number}")
        self._tally = tally
        self._wire = Wire()

    async def run(self, may_begin: asyncio.Event, is_over: asyncio.Event) -> None:
        """Until it is over; the call in flight is brought to its end."""
        async with connect(self._url, self._mode, self._wire) as client:
            self.is_connected.set()
            await may_begin.wait()
            caller = Caller(self.who, client, self._wire, self._tally, self._dice)
            loop = asyncio.get_running_loop()
            due = loop.time() + self._dice.uniform(0, self._period)
            turn = 0
            while not await _passes(is_over, due - loop.time()):
                await self._turn(caller, turn)
                turn += 1
                due = max(loop.time(), due + self._period)
        self._tally.close(self.who, self._wire)

    async def _turn(self, caller: Caller, turn: int) -> None:
        await self._append(caller)
        match turn % 4:
            case 1: await self._read(caller)
            case 3: await self._tag(caller, turn)

    async def _append(self, caller: Caller) -> None:
        index = len(self.acknowledged)
        code = f"{self.name}/{index}"
        result = await caller.tool(
            "append_session_entry", session=self.name, code=code, output_heap=f"heap-{index}", idempotency_key=code)
        if result["index"] != index:
            raise Broken(f"its entry {index} got the index {result['index']}")
        self.acknowledged.append(code)

    async def _read(self, caller: Caller) -> None:
        page = await caller.tool("list_session_snapshots", session=self.name, fields="index,code", limit=READ_LIMIT)
        found = [(entry["index"], entry["code"]) for entry in page["entries"]]
        if found != list(enumerate(self.acknowledged)):
            raise Broken(f"{len(self.acknowledged)} entries were acknowledged, and it reads {found}")

    async def _tag(self, caller: Caller, turn: int) -> None:
        wanted = {"tags": {"turn": str(turn)}}
        for answer in [
            await caller.tool(
                "merge_heap_tags", heap=self.name, tags=wanted["tags"], idempotency_key=f"{self.name}/tag/{turn}"),
            await caller.tool("get_heap_tags", heap=self.name),
        ]:
            if answer != wanted:
                raise Broken(f"it set the tags {wanted} and finds {answer}")


async def _passes(event: asyncio.Event, seconds: float) -> bool:
    """Whether it came to pass within this time."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
    except TimeoutError:
        pass
    return event.is_set()
