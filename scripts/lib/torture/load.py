"""The clients' process. Told by lines of JSON, {"epoch": N} and {"finish": true}, it answers each with one.

Its argument is a JSON document: `places` (lists of node id, host, port), `folder` for histories, `clients`, `rate`, `seed`.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from torture.answers import WrongAnswer
from torture.clients import Place, TortureClient
from torture.history import REFUSED, UNKNOWN, History
from torture.requests import Request, entries, put, tags
from torture.watchers import TortureWatcher

WATCHED = ["", "t"]
MARKER_ATTEMPTS = 200
READ_ATTEMPTS = 5
WATCH_SECONDS = 20.0
# Shorter ones are no news.
GAP_MICROSECONDS = 100_000


@dataclass
class Epoch:
    number: int
    prefix: str
    history: History
    is_over: asyncio.Event
    tasks: list[asyncio.Task]
    watchers: list[TortureWatcher]


class TortureLoad:
    def __init__(self, document: dict):
        self.places = [Place(*place) for place in document["places"]]
        self.folder = Path(document["folder"])
        self.seed = document["seed"]
        count = document["clients"]
        self.clients = [
            TortureClient(number, self.places, count / document["rate"], f"{self.seed}/client/{number}")
            for number in range(count)
        ]
        self.marker = TortureClient(count, self.places, 1.0, f"{self.seed}/marker")
        self.epoch: Epoch | None = None

    async def obey(self, order: dict) -> dict:
        return await self.begin(order["epoch"]) if "epoch" in order else await self.finish()

    async def begin(self, number: int) -> dict:
        prefix = f"e{number:04}/"
        history = History(self.folder / f"epoch-{number:04}.jsonl")
        first = await self.mark(f"{prefix}t!begin", history)
        watchers = [
            TortureWatcher(
                len(self.clients) + 1 + which, self.places, prefix + below, first, f"{prefix}t~end",
                f"{self.seed}/{number}/watcher/{which}")
            for which, below in enumerate(WATCHED)
        ]
        for watcher in watchers:
            watcher.start()
        is_over = asyncio.Event()
        tasks = [asyncio.create_task(client.run(prefix, history, is_over)) for client in self.clients]
        self.epoch = Epoch(number, prefix, history, is_over, tasks, watchers)
        return {"began": number}

    async def finish(self) -> dict:
        """Everybody ends what is under way; the watchers see the last change."""
        epoch, self.epoch = self.epoch, None
        epoch.is_over.set()
        asked = await asyncio.gather(*epoch.tasks)
        await self.read_resources(sorted(set().union(*(one.sessions for one in asked))), entries_of, epoch.history)
        await self.read_resources(sorted(set().union(*(one.heaps for one in asked))), tags, epoch.history)
        await self.mark(f"{epoch.prefix}t~end", epoch.history)
        whole = 0
        for watcher in epoch.watchers:
            await asyncio.to_thread(watcher.finish, WATCH_SECONDS)
            if watcher.failure:
                raise WrongAnswer(watcher.failure)
            whole += watcher.record(epoch.history)
        epoch.history.close()
        if whole < len(epoch.watchers):
            raise WrongAnswer(f"a watcher of {epoch.prefix} did not reach the last change within {WATCH_SECONDS:.0f} s")
        times = epoch.history.written
        return {
            "finished": epoch.number, "path": str(epoch.history.path), "outcomes": epoch.history.outcomes,
            "gaps": [[one, other] for one, other in zip(times, times[1:]) if other - one >= GAP_MICROSECONDS],
            "events": sum(len(watcher.events) for watcher in epoch.watchers),
            "watches": sum(watcher.connections for watcher in epoch.watchers),
            "not_sent": sum(client.take_not_sent() for client in self.clients),
        }

    async def read_resources(self, names: list[str], read: Callable[[str], Request], history: History) -> None:
        """What is there at the end must be explained by what was done."""
        for name in names:
            for _ in range(READ_ATTEMPTS):
                if await self.marker.attempt(read(name), history) not in (None, UNKNOWN, REFUSED):
                    break

    async def mark(self, key: str, history: History) -> int:
        """Puts a key, whatever it takes; the revision."""
        for attempt in range(MARKER_ATTEMPTS):
            result = await self.marker.attempt(put(key, f"marker.{attempt}"), history)
            if result not in (None, UNKNOWN, REFUSED):
                return result["revision"]
            await asyncio.sleep(0.05)
        raise WrongAnswer(f"nobody took a write of {key} in {MARKER_ATTEMPTS} attempts")

    async def failed(self) -> None:
        """Ends with the exception of the first client that has one; else never."""
        while True:
            for task in self.epoch.tasks if self.epoch else []:
                if task.done() and task.exception():
                    task.result()
            await asyncio.sleep(0.2)


def entries_of(session: str) -> Request:
    return entries(session, None, 1000)


async def serve(load: TortureLoad) -> None:
    orders = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    failure = asyncio.create_task(load.failed())

    async def unless_failed(work: Coroutine) -> object:
        task = asyncio.ensure_future(work)
        await asyncio.wait([task, failure], return_when=asyncio.FIRST_COMPLETED)
        if failure.done():
            failure.result()
        return task.result()

    while line := await unless_failed(orders.readline()):
        print(json.dumps(await unless_failed(load.obey(json.loads(line)))), flush=True)


def main() -> None:
    try:
        asyncio.run(serve(TortureLoad(json.loads(sys.argv[1]))))
    except WrongAnswer as wrong:
        print(json.dumps({"violation": str(wrong)}), flush=True)


if __name__ == "__main__":
    main()
