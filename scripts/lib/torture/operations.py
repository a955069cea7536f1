"""What the clients ask for, by chance."""

import random
import time

from .requests import Request, delete, get, list_of, put, transaction
from .resources import Resources

MIX = {
    "put": 26, "create": 5, "swap": 10, "delete": 6, "delete if": 3, "get": 26, "stale get": 8, "list": 4, "txn": 12,
    "resource": 28,
}
"""The last one: session logs and tags of heaps."""
KEYED_SHARE = 0.25
# Keys in use at a time, and how fast they are left for new ones: so the history of each stays short.
HOT_KEYS = 40
NEW_KEYS_PER_SECOND = 4
# So that disks that are full matter within seconds.
MAX_PADDING = 600


class Operations:
    """For one client and one epoch. Every value that is written is another."""

    def __init__(self, prefix: str, client: int, dice: random.Random):
        self.prefix = prefix
        self.client = client
        self.dice = dice
        self.began = time.monotonic()
        self.written = 0
        self.resources = Resources(prefix, client, dice)
        self.revisions: dict[str, int] = {}
        """What this client last heard of keys: true enough for conditions that sometimes hold."""
        self.values: dict[str, str] = {}

    def heard(self, key: str, revision: int | None, value: str | None) -> None:
        for found, what in ((self.revisions, revision), (self.values, value)):
            if what is None:
                found.pop(key, None)
            else:
                found[key] = what

    def next(self) -> Request:
        kind = self.dice.choices(list(MIX), list(MIX.values()))[0]
        # Transactions stay with keys of their own half of the time, so that most keys have single operations only.
        letter = "t" if kind == "txn" or self.dice.random() < 0.15 else "k"
        key = self._key(letter)
        match kind:
            case "put": return put(key, self._value())
            case "create": return put(key, self._value(), if_absent=True)
            case "swap": return put(key, self._value(), if_revision=self._revision(key))
            case "delete": return delete(key)
            case "delete if": return delete(key, self._revision(key))
            case "get": return get(key)
            case "stale get": return get(key, is_stale=True)
            case "list": return self._list()
            case "resource": return self.resources.next()
            case _: return transaction(self._transaction())

    def _key(self, letter: str) -> str:
        oldest = int((time.monotonic() - self.began) * NEW_KEYS_PER_SECOND)
        return f"{self.prefix}{letter}{oldest + self.dice.randrange(HOT_KEYS):05}"

    def _value(self) -> str:
        self.written += 1
        return f"{self.client}.{self.written}{'.' * self.dice.randrange(MAX_PADDING)}"

    def _revision(self, key: str) -> int:
        return self.revisions.get(key, 1)

    def _list(self) -> Request:
        after = self._key(self.dice.choice("kt")) if self.dice.random() < 0.7 else None
        return list_of(self.prefix + self.dice.choice(["", "k", "t"]), after, self.dice.randint(1, 20))

    def _transaction(self) -> dict:
        compared = self._key("t")
        condition = self.dice.choice([
            {"key": compared, "exists": self.dice.random() < 0.5},
            {"key": compared, "revision": self._revision(compared)},
            {"key": compared, "value": self.values.get(compared, "none")},
        ])
        compare = [condition] if self.dice.random() < 0.8 else []
        return {"compare": compare, "then": self._branch(), "else": self._branch()}

    def _branch(self) -> list[dict]:
        keys = {self._key("t") for _ in range(self.dice.randint(0, 3))}
        return [self._step(key) for key in sorted(keys)]

    def _step(self, key: str) -> dict:
        chance = self.dice.random()
        if chance < 0.5:
            return {"put": {"key": key, "value": self._value()}}
        return {"delete": {"key": key}} if chance < 0.7 else {"get": {"key": key}}
