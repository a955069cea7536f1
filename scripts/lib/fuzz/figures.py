"""What libFuzzer says of a run."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    executions: int
    per_second: int
    branches: int
    inputs: int
    """Of the corpus, those of this run included."""
    peak_mib: int

    @staticmethod
    def read(log: Path) -> "Figures":
        text = log.read_text(errors="replace")
        states = re.findall(r"cov: (\d+) ft: \d+ corp: (\d+)", text)
        branches, inputs = states[-1] if states else (0, 0)
        return Figures(
            executions=stat(text, "number_of_executed_units"), per_second=stat(text, "average_exec_per_sec"),
            branches=int(branches), inputs=int(inputs), peak_mib=stat(text, "peak_rss_mb"),
        )

    def __str__(self) -> str:
        return (
            f"{self.executions} executions, {self.per_second} a second, {self.branches} branches, {self.inputs} inputs, "
            f"{self.peak_mib} MiB"
        )


def stat(text: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", text)
    return int(found.group(1)) if found else 0
