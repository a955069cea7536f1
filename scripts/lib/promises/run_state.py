"""What outlives a script, so that a run can be continued."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from promises.ledger import Ledger
from testbed.files import replace


@dataclass
class RunState:
    seed: int
    data: str
    cluster_ports: list[int]
    client_ports: list[int]
    ledger: Ledger
    seconds: float = 0.0
    """Of all runs together."""
    runs: int = 0
    is_under_load: bool = False
    """Written while clients write: if it is found so, the script was killed and the ledger is behind."""

    @classmethod
    def load(cls, path: Path) -> Self:
        document = json.loads(path.read_text())
        return cls(ledger=Ledger.from_json(document.pop("ledger")), **document)

    def save(self, path: Path) -> None:
        replace(path, json.dumps(asdict(self) | {"ledger": self.ledger.to_json()}))
