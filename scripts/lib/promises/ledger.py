"""What the clients were promised."""

from dataclasses import asdict, dataclass, field


@dataclass
class Promise:
    """One key, written by one client, one write at a time, each with a value of its own."""

    value: str | None = None
    """Of the last acknowledged write."""
    revision: int = 0
    unknown: list[str] = field(default_factory=list)
    """Values of writes that may have happened or may yet happen."""

    def acknowledge(self, value: str, revision: int) -> None:
        self.value, self.revision = value, revision

    def violation(self, value: str | None, revision: int | None) -> str | None:
        """What is wrong with finding this; None when it is the acknowledged value or, above it, an unknown one."""
        if value == self.value and (revision or 0) == self.revision:
            return None
        if value in self.unknown and revision > self.revision:
            return None
        return f"found {value!r} at revision {revision}, acknowledged {self.value!r} at {self.revision}, unknown {self.unknown}"

    def settle(self, value: str | None, revision: int | None) -> None:
        """Takes what was found, on nodes that have nothing under way, as the truth."""
        self.value, self.revision, self.unknown = value, revision or 0, []


@dataclass
class Ledger:
    promises: dict[str, Promise] = field(default_factory=dict)
    acknowledged: int = 0
    unknown: int = 0
    refused: int = 0
    reads: int = 0

    @classmethod
    def for_keys(cls, keys: list[str]) -> "Ledger":
        return cls({key: Promise() for key in keys})

    @classmethod
    def from_json(cls, document: dict) -> "Ledger":
        promises = {key: Promise(**promise) for key, promise in document.pop("promises").items()}
        return cls(promises, **document)

    def to_json(self) -> dict:
        return asdict(self)
