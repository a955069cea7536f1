"""All clients, on one event loop of a thread of its own; nodes are started and killed on the main thread."""

import asyncio
import logging
import threading

from .agents import Agent
from .caller import Broken, Tally
from .changes import RESOURCES, WRITE_SECONDS, Listener, Writer
from .wire import leaves

CONNECTING_AT_ONCE = 20
CONNECT_SECONDS = 120.0
# After the last write, for its notification.
LAST_WORD_SECONDS = RESOURCES * WRITE_SECONDS


class Load:
    def __init__(self, url: str, clients: int, listeners: int, modes: list[str], period: float, seed: int):
        run = f"agent-{seed}"
        self.tally = Tally()
        self.writer = Writer(url, run, seed, self.tally)
        self.agents = [Agent(number, modes[number % len(modes)], url, run, period, seed, self.tally) for number in range(clients)]
        self.listeners = [
            Listener(number, modes[number % len(modes)], url, self.writer.uris, seed, self.tally) for number in range(listeners)]
        self._has_begun = threading.Event()
        self._shall_end = threading.Event()
        self._thread = threading.Thread(target=self._main, daemon=True)

    def start(self) -> None:
        """Until all clients are connected, and listen; or until one cannot."""
        self._thread.start()
        self._has_begun.wait(CONNECT_SECONDS)
        if not self._has_begun.is_set():
            self.tally.broken.append(f"not all clients were connected within {CONNECT_SECONDS:.0f} s")

    def finish(self) -> None:
        self._shall_end.set()
        self._thread.join()

    def _main(self) -> None:
        # The SDK warns of what is counted here.
        logging.disable(logging.CRITICAL)
        try:
            asyncio.run(self._run())
        except Exception as error:
            self.tally.broken.append(f"the clients ended: {leaves(error)}")
        finally:
            self._has_begun.set()

    async def _run(self) -> None:
        may_begin, is_over, is_there, no_more_writes = (asyncio.Event() for _ in range(4))
        writing = asyncio.create_task(self._guard("the writer", self.writer.run(is_there, no_more_writes)))
        await self._first(is_there, writing)
        listening = [asyncio.create_task(self._guard(one.who, one.run())) for one in self.listeners]
        for one, task in zip(self.listeners, listening):
            await self._first(one.is_ready, task)
        connecting = asyncio.Semaphore(CONNECTING_AT_ONCE)
        working: list[asyncio.Task] = []

        async def begin(agent: Agent) -> None:
            async with connecting:
                task = asyncio.create_task(self._guard(agent.who, agent.run(may_begin, is_over)))
                working.append(task)
                await self._first(agent.is_connected, task)

        await asyncio.gather(*(begin(agent) for agent in self.agents))
        may_begin.set()
        self._has_begun.set()
        while not self._shall_end.is_set() and not self.tally.broken:
            await asyncio.sleep(0.1)
        is_over.set()
        await asyncio.gather(*working)
        no_more_writes.set()
        await writing
        await asyncio.sleep(LAST_WORD_SECONDS)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening)

    @staticmethod
    async def _first(event: asyncio.Event, task: asyncio.Task) -> None:
        """Until it comes to pass, or the task that would see to it is over."""
        waiting = asyncio.create_task(event.wait())
        await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _guard(self, who: str, work) -> None:
        """Nothing ends unseen."""
        try:
            await work
        except asyncio.CancelledError:
            pass
        except Exception as error:
            broken = _broken(error)
            self.tally.broken.append(f"{who}: {broken}" if broken else f"{who} ended: {leaves(error)}")


def _broken(error: BaseException) -> Broken | None:
    if isinstance(error, BaseExceptionGroup):
        return next((found for found in map(_broken, error.exceptions) if found), None)
    return error if isinstance(error, Broken) else None
