"""What the clients ask of session logs and of the tags of heaps, by chance."""

import random
import time

from .requests import Request, append, clear, drop, entries, fork, latest, merge, replace, tags, trim

MIX = {
    "append": 40, "fork": 3, "trim": 2, "drop": 1, "entries": 14, "latest": 8, "stale latest": 4, "merge": 14, "replace": 2,
    "clear": 2, "tags": 10,
}
# In use at a time, and how fast they are left for new ones: so the history of each stays short.
HOT_LOGS = 6
NEW_LOGS_PER_SECOND = 1.0
HOT_HEAPS = 6
NEW_HEAPS_PER_SECOND = 0.5
TAG_KEYS = 5
FORK_SHARE = 0.15
MAX_PADDING = 400


class Resources:
    """For one client and one epoch. Every entry that is appended, and every value of a tag, is another."""

    def __init__(self, prefix: str, client: int, dice: random.Random):
        self.prefix = prefix
        self.client = client
        self.dice = dice
        self.began = time.monotonic()
        self.written = 0
        self.heads: dict[str, str | None] = {}
        """The heaps that this client last heard to be the newest of logs."""
        self.forks: list[str] = []
        self.sessions: set[str] = set()
        self.heaps: set[str] = set()

    def next(self) -> Request:
        kind = self.dice.choices(list(MIX), list(MIX.values()))[0]
        session, heap = self._session(), self._name("heap", HOT_HEAPS, NEW_HEAPS_PER_SECOND)
        if kind in ("merge", "replace", "clear", "tags"):
            self.heaps.add(heap)
        else:
            self.sessions.add(session)
        match kind:
            case "append": return append(session, *self._entry(), self._expected(session))
            case "fork": return fork(session, self._fork_of(session))
            case "trim": return trim(session, self.dice.randrange(30))
            case "drop": return drop(session)
            case "entries": return entries(session, self.dice.choice([None, self.dice.randrange(40)]), self.dice.choice([3, 1000]))
            case "latest": return latest(session)
            case "stale latest": return latest(session, is_stale=True)
            case "merge": return merge(heap, self._tags(may_remove=True) or {"tag0": self._label()})
            case "replace": return replace(heap, self._tags())
            case "clear": return clear(heap)
            case _: return tags(heap)

    def heard(self, operation: dict, result: dict) -> None:
        """Keeps what helps to choose conditions that sometimes hold."""
        kind, what = next(iter(operation.items()))
        if kind == "append" and "index" in result:
            self.heads[what["session"]] = what["heap"]
        elif kind == "append" and "mismatch" in result:
            self.heads[what["session"]] = result["head"]
        elif kind == "latest" and "entry" in result:
            self.heads[what["session"]] = (result["entry"] or {"heap": None})["heap"]
        elif kind == "fork" and "forked" in result:
            self.forks = [*self.forks[-4:], what["to"]]

    def _name(self, kind: str, hot: int, pace: float) -> str:
        oldest = int((time.monotonic() - self.began) * pace)
        return f"{self.prefix}{kind}{oldest + self.dice.randrange(hot):04}"

    def _session(self) -> str:
        if self.forks and self.dice.random() < FORK_SHARE:
            return self.dice.choice(self.forks)
        return self._name("log", HOT_LOGS, NEW_LOGS_PER_SECOND)

    def _fork_of(self, session: str) -> str:
        """Most often a new name; else one that another client may take, too."""
        target = f"{session}.{self._label()}" if self.dice.random() < 0.7 else f"{session}.{self.dice.randrange(2)}"
        self.sessions.add(target)
        return target

    def _label(self) -> str:
        self.written += 1
        return f"{self.client}.{self.written}"

    def _entry(self) -> tuple[str, str]:
        label = self._label()
        return f"{self.prefix}of-{label}", f"run({label})" + "." * self.dice.randrange(MAX_PADDING)

    def _expected(self, session: str) -> dict:
        chance = self.dice.random()
        if chance < 0.5:
            return {}
        return {"expected_head": None if chance < 0.55 else self.heads.get(session)}

    def _tags(self, may_remove: bool = False) -> dict[str, str | None]:
        keys = self.dice.sample(range(TAG_KEYS), self.dice.randint(0, 3))
        return {f"tag{key}": None if may_remove and self.dice.random() < 0.3 else self._label() for key in sorted(keys)}
