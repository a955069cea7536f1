"""The program that runs the seeds."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS_PER_SEED = 120
"""A run of one seed takes about one; beyond this it hangs."""
BACKTRACE = "enable=yes,color=no,interactive=no,threads=crashed,images=none,limit=16"


@dataclass(frozen=True)
class Failure:
    seed: int
    reason: str


@dataclass(frozen=True)
class Simulator:
    program: Path
    nodes: str

    def run(self, seed: int, runs: int, skip: str = "") -> dict[str, dict[str, int]] | Failure:
        """Runs consecutive seeds. Returns what they add up to, or the first one that fails."""
        command = [self.program, "run", "--seed", str(seed), "--runs", str(runs), "--nodes", self.nodes, "--faults", "--json"]
        if skip:
            command += ["--skip", skip]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS_PER_SEED * runs,
                env=os.environ | {"SWIFT_BACKTRACE": BACKTRACE})
        except subprocess.TimeoutExpired as expired:
            return Failure(self.last_seed(text(expired.stderr)), "it does not come to an end")
        if done.returncode == 0:
            return json.loads(done.stdout.splitlines()[-1])
        return Failure(self.last_seed(done.stderr), self.reason(done))

    def plan(self, seed: int) -> dict[int, str]:
        """The faults of a seed, by number."""
        command = [self.program, "plan", "--seed", str(seed), "--nodes", self.nodes]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        return {int(line.split(".", 1)[0]): line for line in lines}

    @staticmethod
    def reason(done: subprocess.CompletedProcess[str]) -> str:
        for line in done.stdout.splitlines():
            if "VIOLATION" in line:
                return line.split("VIOLATION: ", 1)[1]
        # An optimised program does not say which precondition was broken, but where.
        if place := re.search(r"Sources/\S+\.swift:\d+", done.stderr):
            return f"a precondition is broken at {place[0]}"
        return f"raftsim ended with status {done.returncode}: {done.stderr.strip().splitlines()[-1]}"

    @staticmethod
    def last_seed(errors: str) -> int:
        """The run that was under way: it is named before it begins."""
        named = [line for line in errors.splitlines() if line.startswith("running: ")]
        if not named:
            raise SystemExit(f"raftsim does not begin: {errors.strip()}")
        words = named[-1].split()
        return int(words[words.index("--seed") + 1])


def text(output: bytes | str | None) -> str:
    return output.decode() if isinstance(output, bytes) else output or ""
