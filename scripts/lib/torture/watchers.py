"""Watches that go on at another node, as one stream."""

import random
import threading
import time

from testbed.watch import Watch, WatchEnded

from .clients import Place
from .history import History, now

TIMEOUT_SECONDS = 3.0
# After that long a watcher moves on of its own accord.
STAY_SECONDS = 6.0


class TortureWatcher(threading.Thread):
    """Follows a prefix from a revision on until it has seen the event of `last_key`, or is told to end."""

    def __init__(self, number: int, places: list[Place], prefix: str, from_revision: int, last_key: str, seed: str):
        super().__init__(daemon=True)
        self.number = number
        self.places = places
        self.prefix = prefix
        self.from_revision = from_revision
        self.last_key = last_key
        self.dice = random.Random(seed)
        self.began = now()
        self.events: list[dict] = []
        self.last_id: str | None = None
        self.connections = 0
        self.is_over = threading.Event()
        self.failure: str | None = None

    def run(self) -> None:
        while not self.is_over.is_set():
            place = self.dice.choice(self.places)
            try:
                self.follow(place)
            except WatchEnded:
                time.sleep(0.05)
            except AssertionError as failure:
                self.failure = f"{place.node_id}: {failure}"
                return

    def follow(self, place: Place) -> None:
        until = time.monotonic() + STAY_SECONDS
        watch = Watch(place.port, self.prefix, self.from_revision, self.last_id, TIMEOUT_SECONDS, place.host)
        self.connections += 1
        try:
            for event in watch.events():
                revision, number = event.position
                value = None if event.value is None else event.value.decode()
                self.events.append({"revision": revision, "n": number, "key": event.key, "value": value})
                self.last_id = event.id
                if event.key == self.last_key:
                    self.is_over.set()
                if self.is_over.is_set() or time.monotonic() > until:
                    return
        finally:
            # Progress counts too.
            self.last_id = watch.last_id or self.last_id
            watch.close()

    def finish(self, timeout: float) -> None:
        self.join(timeout)
        self.is_over.set()
        self.join(TIMEOUT_SECONDS + 1)

    def record(self, history: History) -> bool:
        """The stream as one line; whether it reached its end."""
        events = list(self.events)
        is_whole = bool(events) and events[-1]["key"] == self.last_key
        # Of the last revision another event may have been on its way.
        until = events[-1]["revision"] - (0 if is_whole else 1) if events else self.from_revision - 1
        result = {"events": [event for event in events if event["revision"] <= until], "until": until}
        operation = {"watch": {"prefix": self.prefix, "from_revision": self.from_revision}}
        history.add(self.number, "any", self.began, operation, result)
        return is_whole
