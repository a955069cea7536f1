"""The smallest plan of faults that still fails (Zeller and Hildebrandt's ddmin: parts are left out, ever smaller ones)."""

from collections.abc import Callable

MOST_RUNS = 300


class Minimiser:
    def __init__(self, fails: Callable[[set[int]], bool]):
        """`fails` tells whether the run with only these faults fails."""
        self.fails = fails
        self.runs = 0

    def minimise(self, faults: list[int]) -> list[int]:
        parts = 2
        while len(faults) > 1 and self.runs < MOST_RUNS:
            size = -(-len(faults) // parts)
            for start in range(0, len(faults), size):
                rest = faults[:start] + faults[start + size:]
                if self.try_with(rest):
                    faults, parts = rest, max(parts - 1, 2)
                    break
            else:
                if size == 1:
                    break
                parts = min(len(faults), parts * 2)
        return faults

    def try_with(self, faults: list[int]) -> bool:
        if self.runs >= MOST_RUNS:
            return False
        self.runs += 1
        return self.fails(set(faults))


def ranges(numbers: list[int]) -> str:
    """Ascending numbers as `--skip` takes them: 3,7-9."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
