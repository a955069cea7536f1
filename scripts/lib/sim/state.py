"""What outlives a run of many seeds, so that it can be continued."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from testbed.files import replace


@dataclass
class State:
    seed: int
    """The first one; all from there on are done up to `seed + runs`."""
    nodes: str
    seconds: float = 0.0
    """Of all runs together, whatever the number of jobs."""
    sums: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        return self.sums.get("runs", 0)

    def add(self, part: dict[str, dict[str, int]]) -> None:
        for kind in ("sums", "faults", "events"):
            total = getattr(self, kind)
            for name, count in part[kind].items():
                total[name] = total.get(name, 0) + count

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(**json.loads(path.read_text()))

    def save(self, path: Path) -> None:
        replace(path, json.dumps(asdict(self), indent=1))
