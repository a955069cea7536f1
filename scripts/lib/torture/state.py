"""What outlives the script, so that a run can go on."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from testbed.files import replace

from .roster import IN, OUT


@dataclass
class State:
    seed: int
    minutes: float
    data: str
    cluster_ports: list[int]
    client_ports: list[int]
    proxy_ports: list[int]
    roster: dict[str, str]
    epochs_done: int = 0
    """Of the schedule, those that came to their end."""
    epochs_begun: int = 0
    """Those that were cut short included: no history is written twice."""
    seconds: float = 0.0
    unchecked: list[str] = field(default_factory=list)
    """Histories without a verdict."""
    outcomes: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    events: int = 0
    watches: int = 0
    not_sent: int = 0
    snapshots: int = 0
    longest_gap: float = 0.0
    """Seconds without a write although a majority could have taken one."""
    longest_gap_of_all: float = 0.0
    checked: int = 0
    checker_seconds: float = 0.0
    longest_check: float = 0.0

    @classmethod
    def fresh(cls, seed: int, minutes: float, data: Path, ports: list[int], ids: list[str], founders: int) -> "State":
        roster = {node_id: IN if number < founders else OUT for number, node_id in enumerate(ids)}
        count = len(ids)
        return cls(seed, minutes, str(data), ports[:count], ports[count:2 * count], ports[2 * count:], roster)

    @classmethod
    def load(cls, path: Path) -> "State":
        return cls(**json.loads(path.read_text()))

    def save(self, path: Path) -> None:
        replace(path, json.dumps(asdict(self)))

    def count(self, finished: dict) -> None:
        """What the clients' process told at the end of an epoch."""
        self.outcomes = dict(Counter(self.outcomes) + Counter(finished["outcomes"]))
        self.events += finished["events"]
        self.watches += finished["watches"]
        self.not_sent += finished["not_sent"]
