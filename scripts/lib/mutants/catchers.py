"""What is run on a mutant, and how to tell that it was caught."""

import re
import resource
import subprocess
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from mutants.workshop import Workshop

SEEDS = 15
CRASHES = 100
SEED_SECONDS = 120
TEST_SECONDS = 300
CRASH_POINT_SECONDS = 300
# A bug may take all memory there is.
MEMORY_BYTES = 8 << 30


@dataclass
class Finding:
    """What a catcher said."""

    is_caught: bool
    evidence: str = ""
    """The first line that tells what is wrong."""
    seeds: int = 0
    """How many were run; 0 where there are none."""
    seconds: float = 0.0


class Catcher(ABC):
    """One line `catch: …`."""

    def __init__(self, text: str):
        self.text = text

    @property
    def test_target(self) -> str | None:
        return None

    def run(self, workshop: Workshop) -> Finding:
        began = time.monotonic()
        finding = self.look(workshop)
        finding.seconds = round(time.monotonic() - began, 1)
        return finding

    @abstractmethod
    def look(self, workshop: Workshop) -> Finding: ...


class Seeds(Catcher):
    """Runs the simulator seed by seed, until one fails."""

    def __init__(self, text: str, arguments: list[str], count: int):
        super().__init__(text)
        self.arguments = arguments
        self.count = count

    def look(self, workshop: Workshop) -> Finding:
        for seed in range(1, self.count + 1):
            evidence = failure([workshop.simulator, *self.arguments, "--seed", str(seed)], SEED_SECONDS)
            if evidence is not None:
                return Finding(True, evidence.removeprefix(f"seed {seed}: "), seed)
        return Finding(False, seeds=self.count)


class CrashPoints(Catcher):
    """Runs the simulator's crash points, all or those of one workload."""

    def look(self, workshop: Workshop) -> Finding:
        evidence = failure([workshop.simulator, *self.text.split()], CRASH_POINT_SECONDS)
        return Finding(evidence is not None, evidence or "")


class Tests(Catcher):
    """Runs the tests whose names match."""

    def __init__(self, text: str, pattern: str):
        super().__init__(text)
        self.pattern = pattern

    @property
    def test_target(self) -> str | None:
        return self.pattern.split(".")[0]

    def look(self, workshop: Workshop) -> Finding:
        command = [*workshop.test_command, "--filter", self.pattern]
        evidence = failure(command, TEST_SECONDS, must_match=r"Test run with [1-9]")
        return Finding(evidence is not None, evidence or "")


def catcher(line: str, path: Path) -> Catcher:
    """What `sim [SEEDS]`, `crash-loop [SEEDS]`, `crash-points [ARGUMENTS]` or `test PATTERN` asks for."""
    kind, *rest = line.split()
    match kind, rest:
        case "test", [pattern]:
            return Tests(line, pattern)
        case "crash-points", _:
            return CrashPoints(line)
        case "sim" | "crash-loop", [] | [_] if all(word.isdecimal() for word in rest):
            run = ["run", "--faults", "--nodes", "3-5", "--runs", "1"]
            loop = ["crash-loop", "--crashes", str(CRASHES)]
            return Seeds(line, run if kind == "sim" else loop, int(rest[0]) if rest else SEEDS)
    raise SystemExit(f"{path}: catch: {line!r} is none of sim [SEEDS], crash-loop [SEEDS], crash-points […], test PATTERN")


def failure(command: list, limit: float, must_match: str = "") -> str | None:
    """The first line that says why a command failed; `None` when it did not."""
    try:
        done = subprocess.run(
            command, timeout=limit, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        return f"has not ended in {limit:.0f} s"
    if done.returncode == 64:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stdout.strip()}")
    if done.returncode == 0 and must_match and not re.search(must_match, done.stdout):
        raise SystemExit(f"{' '.join(map(str, command))}: no test has that name")
    return None if done.returncode == 0 else telling_line(done.stdout)


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def telling_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for mark in ("VIOLATION", "violation", "Fatal error: ", "recorded an issue"):
        for line in lines:
            if mark in line:
                return shortened(line)
    return broken_precondition(lines) or (shortened(lines[-1]) if lines else "fails without a word")


def broken_precondition(lines: list[str]) -> str | None:
    """What an optimised program no longer says: the reason that stands where it stopped."""
    for line in lines:
        place = re.search(r" at (/\S+/Sources/\S+\.swift):(\d+)", line)
        if place:
            path, number = Path(place[1]), int(place[2])
            text = " ".join(path.read_text().splitlines()[number - 1 : number + 2])
            reason = re.search(r'"([^"]+)"', text)
            return shortened(f"stops in {path.name}: " + (reason[1] if reason else text.strip()))
    return None


def shortened(line: str) -> str:
    """Without paths, marks and counters."""
    line = re.sub(r"^.*Fatal error: ", "stops: ", line)
    line = re.sub(
        r"^\S+ Test (.*?) recorded an issue(?: with \d+ arguments? (.*?))? at \S+: (?:Expectation failed: )?(.*)",
        lambda match: f"{match[1]}{f' ({match[2]})' if match[2] else ''}: {match[3]}", line)
    line = line.replace("VIOLATION: ", "")
    return line if len(line) <= 140 else line[:139] + "…"
