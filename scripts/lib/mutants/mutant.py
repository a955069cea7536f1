"""A bug as a patch, with what is known of it in its head."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from mutants.catchers import Catcher, catcher

KEYS = ("bug", "known from", "note", "catch")


@dataclass(frozen=True)
class Mutant:
    path: Path
    bug: str
    known_from: str
    note: str
    catchers: list[Catcher]
    """The first one that fails has caught it."""
    digest: str

    @property
    def name(self) -> str:
        return self.path.stem

    @classmethod
    def load(cls, path: Path) -> "Mutant":
        text = path.read_text()
        fields: dict[str, list[str]] = {key: [] for key in KEYS}
        for line in text.split("\ndiff --git ")[0].splitlines():
            key, colon, value = line.partition(": ")
            if not colon or key not in fields:
                raise SystemExit(f"{path}: the head has lines `{': …`, `'.join(KEYS)}: …`, not {line!r}")
            fields[key].append(value)
        if len(fields["bug"]) != 1 or not fields["catch"]:
            raise SystemExit(f"{path}: the head has one line `bug: …`, and a line `catch: …` at least")
        return cls(
            path, fields["bug"][0], " ".join(fields["known from"]), " ".join(fields["note"]),
            [catcher(line, path) for line in fields["catch"]], hashlib.sha256(text.encode()).hexdigest()[:16])


def load_all(folder: Path) -> list[Mutant]:
    """By name."""
    return [Mutant.load(path) for path in sorted(folder.glob("*.patch"))]


def chosen(mutants: list[Mutant], names: list[str]) -> list[Mutant]:
    known = {mutant.name: mutant for mutant in mutants}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"scripts/mutants: there is no {unknown[0]}; --list shows all")
    return [known[name] for name in names]


def rotated(mutants: list[Mutant], count: int, commit: str) -> list[Mutant]:
    """So many of them, others for every commit."""
    count = min(count, len(mutants))
    start = int(commit[:8], 16) % len(mutants)
    return [mutants[(start + place) % len(mutants)] for place in range(count)]
