"""One raftd process."""

import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .client import Answer, ask
from .ports import LOOPBACK


class NodeFailure(Exception):
    """A node ended that should run, or did not do in time what it should."""


@dataclass
class Node:
    node_id: str
    cluster_port: int
    client_port: int
    arguments: list[str]
    """The command that starts it."""
    log: Path
    """Where its stderr goes, appended."""
    process: subprocess.Popen | None = field(default=None, repr=False)

    @property
    def cluster_address(self) -> str:
        return f"{LOOPBACK}:{self.cluster_port}"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.client_port}"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Call it on the main thread: the node is killed when the thread that started it ends, so that none outlives
        the script. The node leaves the terminal's process group, so that Ctrl-C reaches the script alone."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and waits until the process is gone."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout: float = 10.0) -> int:
        """SIGTERM; the exit status. A node that does not end in time is killed."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode

    def last_words(self, lines: int = 5) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def check_running(self) -> None:
        if not self.is_running:
            raise NodeFailure(f"{self.node_id} ended with {self.process.returncode}; {self.log} says:\n{self.last_words()}")

    def ask(self, path: str, timeout: float = 2.0) -> Answer | None:
        return ask(self.client_port, path, timeout)

    def status(self) -> dict | None:
        """`/raft/status`; None when it does not answer."""
        answer = self.ask("/raft/status")
        return answer.json() if answer is not None and answer.status == 200 else None

    @property
    def is_ready(self) -> bool:
        """It answers and knows a leader that is heard."""
        answer = self.ask("/readyz")
        return answer is not None and answer.status == 200
