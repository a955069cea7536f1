"""What is known so far, so that a run can be continued."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from testbed.files import replace

CAUGHT = "caught"
SURVIVED = "SURVIVED"
DOES_NOT_APPLY = "does not apply"
DOES_NOT_BUILD = "does not build"


@dataclass
class Result:
    """What became of a mutant."""

    digest: str
    """Of its patch."""
    code: str
    """What it was put into."""
    verdict: str
    catcher: str = ""
    """The one that caught it."""
    missed: list[str] = field(default_factory=list)
    """Those before it, which did not."""
    seeds: int = 0
    evidence: str = ""
    build_seconds: float = 0.0
    seconds: float = 0.0
    """In all."""


@dataclass
class State:
    results: dict[str, Result] = field(default_factory=dict)
    """By name."""
    clean: dict[str, list[str]] = field(default_factory=dict)
    """By code: the catchers that find nothing where nothing is."""

    @classmethod
    def load(cls, path: Path) -> "State":
        if not path.exists():
            return cls()
        document = json.loads(path.read_text())
        return cls({name: Result(**result) for name, result in document["results"].items()}, document["clean"])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, json.dumps(asdict(self), indent=1))
