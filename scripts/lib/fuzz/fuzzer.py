"""The program that fuzzes, and its folders."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from testbed.programs import REPOSITORY

from .figures import Figures

CORPUS = REPOSITORY / "Tests" / "Fuzz" / "Corpus"
WORK = REPOSITORY / ".build-fuzz"

LARGEST_ALLOCATION_MIB = 8
"""No input is larger than a few KiB: whoever asks for more memory at once believes a length that bytes tell."""
LARGEST_MEMORY_MIB = 2048
SECONDS_PER_INPUT = 10


@dataclass(frozen=True)
class Fuzzer:
    program: Path
    targets: dict[str, int]
    """The longest input of each."""

    @staticmethod
    def build() -> "Fuzzer":
        """Builds the program, unless RAFTD_FUZZ_BIN names one."""
        if given := os.environ.get("RAFTD_FUZZ_BIN"):
            program = Path(given)
        else:
            program = compile_program()
        listed = subprocess.run([program, "--targets"], check=True, capture_output=True, text=True).stdout
        return Fuzzer(program, {name: int(longest) for name, longest in map(str.split, listed.splitlines())})

    def search(self, target: str, seconds: int, seed: int) -> int:
        """Looks for inputs that break a promise, and keeps those that reach new branches."""
        found = folder(WORK / "corpus" / target)
        print(f"{target}: {seconds} s from seed {seed}", flush=True)
        flags = [f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1", "-reduce_inputs=1"]
        log = WORK / f"{target}.log"
        status = self.run(target, [*flags, f"-max_len={self.targets[target]}", found, CORPUS / target], log)
        print(f"{target}: {Figures.read(log)}", flush=True)
        return self.judge(target, status, log)

    def replay(self, target: str) -> int:
        return self.show(target, sorted((CORPUS / target).iterdir()))

    def show(self, target: str, inputs: list[Path]) -> int:
        log = WORK / f"{target}.log"
        status = self.run(target, ["-runs=1", *inputs], log)
        if status == 0:
            print(f"{target}: {len(inputs)} inputs keep what is promised", flush=True)
        return self.judge(target, status, log)

    def minimise(self, target: str) -> int:
        """Replaces the corpus by as few inputs as reach the same; what is named by a person stays."""
        log = WORK / f"{target}.log"
        kept = CORPUS / target
        with tempfile.TemporaryDirectory(dir=WORK) as fresh:
            status = self.run(target, ["-merge=1", fresh, kept, folder(WORK / "corpus" / target)], log)
            if status != 0:
                return self.judge(target, status, log)
            for path in kept.iterdir():
                if re.fullmatch("[0-9a-f]{40}", path.name):
                    path.unlink()
            # Those with names come first: what they reach needs no other input.
            status = self.run(target, ["-merge=1", kept, fresh], log)
        print(f"{target}: {len(list(kept.iterdir()))} inputs, {sum(p.stat().st_size for p in kept.iterdir())} bytes")
        return self.judge(target, status, log)

    def write_seeds(self) -> int:
        return subprocess.run([self.program, "--seeds", folder(CORPUS)], check=False).returncode

    def run(self, target: str, arguments: list[str | Path], log: Path) -> int:
        bounds = [
            f"-malloc_limit_mb={LARGEST_ALLOCATION_MIB}", f"-rss_limit_mb={LARGEST_MEMORY_MIB}",
            f"-timeout={SECONDS_PER_INPUT}", f"-artifact_prefix={folder(WORK / 'found')}/{target}-",
        ]
        # Swift's own report of a trap would wait for a person.
        settings = {**os.environ, "SWIFT_BACKTRACE": "enable=no"}
        with log.open("wb") as output:
            command = [self.program, target, *bounds, *arguments]
            return subprocess.run(command, stdout=output, stderr=output, env=settings, check=False).returncode

    def judge(self, target: str, status: int, log: Path) -> int:
        if status == 0:
            return 0
        text = log.read_text(errors="replace")
        reasons = [line for line in text.splitlines() if "Fatal error" in line or "ERROR:" in line or "SUMMARY" in line]
        kept = re.search(r"Test unit written to (\S+)|Running: (\S+)\n(?!.*Executed)", text)
        print(*reasons or [f"status {status}, see {log}"], sep="\n")
        if kept:
            print(f"again: scripts/fuzz {target} --input {kept.group(1) or kept.group(2)}", flush=True)
        return 1


def compile_program() -> Path:
    """With libFuzzer and the address sanitizer, in a folder of its own: everything is compiled another way."""
    build = [
        "swift", "build", "-c", "release", "--package-path", str(REPOSITORY), "--scratch-path", str(WORK / "build"),
        "--sanitize", "fuzzer", "--sanitize", "address",
        # Both in one flag, too: of two the compiler takes the last, and the package manager gives them in any order.
        "-Xswiftc", "-sanitize=fuzzer,address", "--product", "raftfuzz",
    ]
    settings = {**os.environ, "RAFTD_FUZZ": "1"}
    subprocess.run([REPOSITORY / "scripts" / "setup"], check=True, stdout=sys.stderr)
    subprocess.run(build, check=True, stdout=sys.stderr, env=settings)
    shown = subprocess.run([*build, "--show-bin-path"], check=True, capture_output=True, text=True, env=settings)
    return Path(shown.stdout.strip()) / "raftfuzz"


def folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
