"""What outlives the script, so that a run can be continued."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from promises.ledger import Ledger


@dataclass
class State:
    seed: int
    data: str
    cluster_ports: list[int]
    client_ports: list[int]
    ledger: Ledger
    started: list[str] = field(default_factory=list)
    """The nodes that run or are to run again: members, and those that are joining."""
    joined: list[str] = field(default_factory=list)
    """Those of them that were seen to be members."""
    learners: list[str] = field(default_factory=list)
    """Those of them that were started to stay learners."""
    changes: int = 0
    done: dict[str, int] = field(default_factory=dict)
    """How often each kind of change was made, and how often one was refused."""
    seconds: float = 0.0
    runs: int = 0
    is_under_load: bool = False
    """Written while clients write: if it is found so, the script was killed and the ledger is behind."""

    @classmethod
    def load(cls, path: Path) -> "State":
        document = json.loads(path.read_text())
        return cls(ledger=Ledger.from_json(document.pop("ledger")), **document)

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def save(self, path: Path) -> None:
        """All or nothing."""
        scratch = path.with_suffix(path.suffix + ".new")
        scratch.write_text(json.dumps(asdict(self) | {"ledger": self.ledger.to_json()}))
        os.replace(scratch, path)
