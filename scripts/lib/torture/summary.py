"""What a run has come to, in words."""

from testbed.figures import table

from .state import State


def operations(state: State) -> str:
    """Kinds down, outcomes across."""
    kinds = sorted({name.split(": ")[0] for name in state.outcomes})
    outcomes = ["ok", "absent", "condition failed", "refused", "unknown"]
    rows = [["operation", *outcomes]]
    for kind in kinds:
        rows.append([kind, *(f"{state.outcomes.get(f'{kind}: {outcome}', 0):,}" for outcome in outcomes)])
    return table(rows)


def faults(state: State) -> str:
    counted = ", ".join(f"{kind} {count}" for kind, count in sorted(state.faults.items()))
    left_out = ", ".join(f"{kind} {count}" for kind, count in sorted(state.left_out.items()))
    return f"faults ({sum(state.faults.values())}): {counted}; left out since never possible: {left_out or 'none'}"


def total(state: State) -> int:
    return sum(state.outcomes.values())


def figures(state: State, leaders: int) -> str:
    return (
        f"{total(state):,} operations in {state.seconds:.0f} s, {state.events:,} events seen over {state.watches} watches; "
        f"terms led {leaders}; longest time without a write, with a majority that could take it "
        f"{state.longest_gap:.2f} s, in all {state.longest_gap_of_all:.2f} s; {state.checked} histories checked in "
        f"{state.checker_seconds:.1f} s, the longest {state.longest_check:.1f} s")
