"""One raftd process."""

import json
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .client import Answer, Client, ask
from .ports import LOOPBACK


class NodeFailure(Exception):
    """A node ended that should run, or did not do in time what it should."""


@dataclass(frozen=True)
class Site:
    """Where a node runs."""

    host: str = LOOPBACK
    """What it binds, and where clients reach it."""
    peer_address: str | None = None
    """What it tells its peers, if that is not host and cluster port."""
    launcher: tuple[str, ...] = ()
    """The command in front of the one that starts it; it must end by becoming that."""


@dataclass
class Node:
    node_id: str
    cluster_port: int
    client_port: int
    arguments: list[str]
    """The command that starts it, without --peers."""
    data: Path
    """Its --session-db-path."""
    log: Path
    """Where its stderr goes, appended."""
    site: Site = field(default_factory=Site)
    peers: list[str] = field(default_factory=list)
    """Whom it founds the cluster with, if it does not join one."""
    process: subprocess.Popen | None = field(default=None, repr=False)
    is_expected: bool = False
    """Whether it was started, and neither killed nor stopped since."""

    @property
    def cluster_address(self) -> str:
        return self.site.peer_address or f"{self.site.host}:{self.cluster_port}"

    @property
    def url(self) -> str:
        return f"http://{self.site.host}:{self.client_port}"

    @property
    def directory(self) -> Path:
        """Where its state is."""
        return self.data / f"cluster-{self.node_id}"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, *more: str) -> None:
        """Call it on the main thread: the node is killed when the thread that started it ends, so that none outlives
        the script. The node leaves the terminal's process group, so that Ctrl-C reaches the script alone.
        `more` are flags for this start."""
        if self.peers and "--join" not in more:
            more = ("--peers", ",".join(self.peers), *more)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.site.launcher, "setpriv", "--pdeathsig", "KILL", "--", *self.arguments, *more],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)
        self.is_expected = True

    def send_signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and waits until the process is gone."""
        self.is_expected = False
        self.process.kill()
        self.process.wait()

    def stop(self, timeout: float = 15.0) -> int:
        """SIGTERM; the exit status. A node that does not end in time is killed."""
        self.ask_to_stop()
        return self.wait_stopped(timeout)

    def ask_to_stop(self) -> None:
        """SIGTERM, also to a node that is paused. Once: a second one makes it end at once."""
        self.is_expected = False
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()

    def wait_stopped(self, timeout: float = 15.0) -> int:
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode

    def wipe(self) -> None:
        """Forgets all that it has stored. It must not run."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def last_words(self, lines: int = 5) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def check_running(self) -> None:
        if not self.is_running:
            raise NodeFailure(f"{self.node_id} ended with {self.process.returncode}; {self.log} says:\n{self.last_words()}")

    def ask(self, path: str, timeout: float = 2.0) -> Answer | None:
        return ask(self.client_port, path, timeout, self.site.host)

    def administer(self, path: str, document: dict, timeout: float = 15.0) -> Answer:
        """POSTs to the cluster port. Raises NotSent or NoAnswer."""
        with Client(self.cluster_port, timeout, self.site.host) as client:
            return client.request("POST", path, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def status(self, timeout: float = 2.0) -> dict | None:
        """`/raft/status`; None when it does not answer."""
        answer = self.ask("/raft/status", timeout)
        return answer.json() if answer is not None and answer.status == 200 else None

    @property
    def is_ready(self) -> bool:
        """It answers and knows a leader that is heard."""
        answer = self.ask("/readyz")
        return answer is not None and answer.status == 200

    @property
    def resident_bytes(self) -> int:
        """Of the process, in memory."""
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * 4096

    def disk_bytes(self, name: str = "") -> int:
        """What the files of its directory, or of one folder in it, hold."""
        return sum(_size(path) for path in (self.directory / name).rglob("*"))


def _size(path: Path) -> int:
    """0 for what was removed meanwhile."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0
