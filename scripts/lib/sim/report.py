"""What many seeds add up to, for a person."""

from .state import State

ENOUGH_SEEDS = 200
"""After so many every kind of fault and every rare branch must have been met."""


def table(state: State) -> str:
    hours = state.sums.get("virtual milliseconds", 0) / 3_600_000
    pace = state.runs / state.seconds * 60 if state.seconds else 0
    lines = [
        f"{state.runs} seeds from {state.seed} on, {state.nodes} founders each and two spare nodes: "
        f"{hours:.1f} virtual hours, {state.seconds / 60:.1f} minutes, {pace:.0f} seeds a minute",
        ", ".join(f"{count} {name}" for name, count in state.sums.items() if name not in ("runs", "virtual milliseconds")),
    ]
    for title, rows in (("faults", state.faults), ("what came of them", state.events)):
        lines.append(f"{title}:")
        lines += [f"{count:>12}  {name}" for name, count in rows.items()]
    return "\n".join(lines)


def never_met(state: State) -> list[str]:
    """What many seeds have not shown anything about; empty while they are few."""
    if state.runs < ENOUGH_SEEDS:
        return []
    return [name for rows in (state.faults, state.events) for name, count in rows.items() if count == 0]
