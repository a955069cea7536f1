"""Clients that write all the time and remember what they were told."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass

from testbed.client import Client, NoAnswer, NotSent

from .ledger import Ledger, Promise


# No leader or too much in flight; no space: certainly not done.
REFUSALS = (503, 507)


@dataclass(frozen=True, order=True)
class Gap:
    """How long a client went without an acknowledged write."""

    seconds: float = 0.0
    ended_at: float = 0.0


class LoadClient:
    """Writes its own keys through a random node, now and then reads one back; one request at a time."""

    SHARE_OF_READS = 0.1

    def __init__(self, name: str, keys: list[str], ports: list[int], ledger: Ledger, seed: str, padding: int = 0):
        self.name = name
        self.keys = keys
        self.promises = {key: ledger.promises[key] for key in keys}
        self.random = random.Random(seed)
        self.connections = [Client(port) for port in ports]
        self.connection = self.connections[0]
        self.padding = "." * padding
        self.issued = 0
        self.acknowledged_at: float | None = None
        self.longest_gap = Gap()
        self.acknowledged = self.unknown = self.refused = self.reads = 0
        self.refusals: Counter[str] = Counter()
        self.violations: list[str] = []

    def step(self) -> bool:
        """One request; whether it was answered."""
        key = self.random.choice(self.keys)
        if self.random.random() < 0.05:
            self.connection = self.random.choice(self.connections)
        promise = self.promises[key]
        done = self.read(key, promise) if self.random.random() < self.SHARE_OF_READS else self.write(key, promise)
        if not done:
            self.connection = self.random.choice(self.connections)
        return done

    def write(self, key: str, promise: Promise) -> bool:
        self.issued += 1
        value = f"{self.name}.{self.issued}{self.padding}"
        # Before it is sent: the script may end while it is under way.
        promise.unknown.append(value)
        try:
            answer = self.connection.put(f"/v1/kv/{key}", value.encode())
        except NotSent:
            promise.unknown.remove(value)
            return False
        except NoAnswer:
            self.unknown += 1
            return False
        if answer.status == 504:
            self.unknown += 1
            return False
        promise.unknown.remove(value)
        if answer.status in REFUSALS:
            self.refused += 1
            self.refusals[answer.code] += 1
            return False
        if answer.status not in (200, 201):
            self.violations.append(f"PUT {key}: {answer.status} {answer.body!r}")
            return False
        if answer.revision <= promise.revision:
            self.violations.append(f"PUT {key}: revision {answer.revision} after {promise.revision}")
        promise.acknowledge(value, answer.revision)
        self.acknowledged += 1
        now = time.monotonic()
        if self.acknowledged_at is not None:
            self.longest_gap = max(self.longest_gap, Gap(now - self.acknowledged_at, now))
        self.acknowledged_at = now
        return True

    def read(self, key: str, promise: Promise) -> bool:
        """A linearizable read: it must see what this client was promised."""
        try:
            answer = self.connection.get(f"/v1/kv/{key}")
        except (NotSent, NoAnswer):
            return False
        if answer.status in REFUSALS:
            return False
        value = answer.body.decode() if answer.status == 200 else None
        if answer.status not in (200, 404):
            self.violations.append(f"GET {key}: {answer.status} {answer.body!r}")
        elif violation := promise.violation(value, answer.revision):
            self.violations.append(f"GET {key} on port {self.connection.port}: {violation}")
        elif value in promise.unknown:
            promise.unknown.remove(value)
            promise.acknowledge(value, answer.revision)
        self.reads += 1
        return True


class Load:
    """All clients, each on a thread. The ledger may be read only while the load is stopped."""

    def __init__(
        self, ledger: Ledger, ports: list[int], clients: int, rate: float, run: int, seed: int, padding: int = 0
    ):
        """`rate`: requests a second of all clients together; `padding`: bytes by which each value is longer than need be."""
        self.ledger = ledger
        self.interval = clients / rate
        names = [f"client{number}" for number in range(clients)]
        self.clients = [
            LoadClient(
                f"{run}.{name}", [key for key in ledger.promises if key.startswith(f"{name}/")], ports, ledger,
                f"{seed}/{run}/{name}", padding)
            for name in names
        ]
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        self.stopping.clear()
        for client in self.clients:
            client.acknowledged_at = None
        self.threads = [threading.Thread(target=self._drive, args=(client,), daemon=True) for client in self.clients]
        for thread in self.threads:
            thread.start()

    def _drive(self, client: LoadClient) -> None:
        due = time.monotonic()
        while not self.stopping.wait(max(0, due - time.monotonic())):
            answered = client.step()
            # Without a connection or a leader the next try comes soon, but does not spin.
            due = max(due + self.interval, time.monotonic() - 1) if answered else time.monotonic() + 0.01

    def take_longest_gap(self) -> Gap:
        """Of any one client since the last call, the one that is still open included."""
        now = time.monotonic()
        open_gaps = [Gap(now - client.acknowledged_at, now) for client in self.clients if client.acknowledged_at is not None]
        longest = max([client.longest_gap for client in self.clients] + open_gaps)
        for client in self.clients:
            client.longest_gap = Gap()
        return longest

    @property
    def refusals(self) -> Counter[str]:
        """By code, since the start of the script."""
        return sum((client.refusals for client in self.clients), Counter())

    @property
    def reads(self) -> int:
        """As `acknowledged`, of reads."""
        return self.ledger.reads + sum(client.reads for client in self.clients)

    @property
    def acknowledged(self) -> int:
        """Writes so far, those that are not in the ledger yet included."""
        return self.ledger.acknowledged + sum(client.acknowledged for client in self.clients)

    def stop(self) -> list[str]:
        """Waits for what is under way, adds up; the violations that clients saw."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.threads = []
        violations = []
        for client in self.clients:
            for name in ("acknowledged", "unknown", "refused", "reads"):
                setattr(self.ledger, name, getattr(self.ledger, name) + getattr(client, name))
                setattr(client, name, 0)
            violations += client.violations
            client.violations = []
        return violations
