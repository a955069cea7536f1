"""Has histories judged while the run goes on, one at a time and at the lowest priority."""

import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 900.0


@dataclass
class Verdicts:
    clean: int = 0
    """Histories, in the order in which they were submitted."""
    seconds: float = 0.0
    longest: float = 0.0


class Judge:
    """`raftsim check-history` on a thread of its own."""

    def __init__(self, raftsim: Path):
        self.raftsim = raftsim
        self.violations: list[str] = []
        self._verdicts = Verdicts()
        self._lock = threading.Lock()
        self._waiting: queue.Queue[Path | None] = queue.Queue()
        self._process: subprocess.Popen | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, history: Path) -> None:
        self._waiting.put(history)

    def take(self) -> Verdicts:
        """Those since the last call."""
        with self._lock:
            taken, self._verdicts = self._verdicts, Verdicts()
        return taken

    def finish(self) -> None:
        """Waits for all verdicts."""
        self._waiting.put(None)
        self._thread.join()

    def abandon(self) -> None:
        self._is_over = True
        if self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        while (history := self._waiting.get()) is not None and not self._is_over:
            began = time.monotonic()
            # The process dies with this thread, and this thread with the script.
            command = ["setpriv", "--pdeathsig", "KILL", "--", "nice", "-n", "19", self.raftsim, "check-history", history]
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                said, _ = self._process.communicate(timeout=TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                said, _ = self._process.communicate()
                said += f"no verdict within {TIMEOUT_SECONDS:.0f} s"
            if self._process.returncode == 0:
                self._count(time.monotonic() - began)
            elif not self._is_over:
                self.violations.append(f"{history}: {said.strip()[-2000:] or self._process.returncode}")

    def _count(self, seconds: float) -> None:
        with self._lock:
            self._verdicts.clean += 1
            self._verdicts.seconds += seconds
            self._verdicts.longest = max(self._verdicts.longest, seconds)
