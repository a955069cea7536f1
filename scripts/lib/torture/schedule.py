"""Which faults come when, decided ahead by the seed alone. What they hit, a leader say, turns out when they come."""

import random
from dataclasses import dataclass

EPOCH_SECONDS = 60.0
# Healing and comparing after it.
CALM_SECONDS = 6.0
SETTLE_SECONDS = 2.0


@dataclass(frozen=True)
class Fault:
    number: int
    """Within the epoch."""
    at: float
    """Seconds since the epoch began."""
    seconds: float
    kind: str
    dice: str
    """Seeds what is left to decide."""

    def __str__(self) -> str:
        return f"{self.at:5.1f} s  {self.kind} for {self.seconds:.1f} s"


def epochs(seed: int, minutes: float, kinds: list[str]) -> list[list[Fault]]:
    """Each epoch has every kind once, in another order, and joins and leaves twice; so they overlap with others."""
    count = max(1, round(60 * minutes / (EPOCH_SECONDS + CALM_SECONDS)))
    return [_epoch(seed, epoch, kinds) for epoch in range(count)]


def _epoch(seed: int, epoch: int, kinds: list[str]) -> list[Fault]:
    dice = random.Random(f"{seed}/schedule/{epoch}")
    bag = kinds + [kind for kind in kinds if kind in ("join", "leave")]
    dice.shuffle(bag)
    step = (EPOCH_SECONDS - SETTLE_SECONDS) / len(bag)
    return [
        Fault(
            number, SETTLE_SECONDS + step * (number + dice.uniform(-0.3, 0.3)), dice.uniform(*_range(kind)), kind,
            f"{seed}/fault/{epoch}/{number}")
        for number, kind in enumerate(bag)
    ]


def _range(kind: str) -> tuple[float, float]:
    """Seconds. Whoever is stopped shall miss an election; with a full disk the room made ready before is used up first."""
    if kind.startswith("stop"):
        return 1.5, 4.0
    return (5.0, 8.0) if "full" in kind else (0.5, 4.0)
