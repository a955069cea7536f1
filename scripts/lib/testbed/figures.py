"""Numbers as people read them."""

import math


def percentile(values: list[float], fraction: float) -> float:
    """The smallest value that at least `fraction` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def median(values: list[float]) -> float:
    return percentile(values, 0.5)


def table(rows: list[list[str]]) -> str:
    """Right-aligned columns; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows)
