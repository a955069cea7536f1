"""The processes and the disks, and what is the matter with each at a time."""

import shutil
import signal
from collections import Counter

from full_disk.small_disk import SmallDisk
from testbed.cluster import Cluster
from testbed.node import Node, NodeFailure

STATUS_SECONDS = 0.4


class Machines:
    """Faults overlap, so each is counted: a node is up again when nothing keeps it down any more."""

    def __init__(self, cluster: Cluster, disks: dict[str, SmallDisk]):
        self.cluster = cluster
        self.by_id = {node.node_id: node for node in cluster.nodes}
        self.disks = disks
        self.kept_down: Counter[str] = Counter()
        self.paused: Counter[str] = Counter()
        self.filled: Counter[str] = Counter()
        self.stopping: dict[str, bool] = {}
        """Who was asked to stop and has not ended yet, and whether it had come up by then."""

    # Processes

    def keep_down(self, node: Node) -> None:
        """By SIGKILL, until `let_up`."""
        self.kept_down[node.node_id] += 1
        self.kill(node)

    def kill(self, node: Node) -> None:
        self.stopping.pop(node.node_id, None)
        if node.is_running:
            node.kill()

    def ask_to_stop(self, node: Node) -> None:
        """By SIGTERM; the node is down until `let_up`, and until it has ended."""
        self.kept_down[node.node_id] += 1
        if node.is_running and node.node_id not in self.stopping:
            self.stopping[node.node_id] = node.status(STATUS_SECONDS) is not None
            # Wakes it as well.
            node.ask_to_stop()

    def let_up(self, node: Node) -> None:
        self.kept_down[node.node_id] -= 1

    def pause(self, node: Node) -> None:
        self.paused[node.node_id] += 1
        if node.is_running:
            node.send_signal(signal.SIGSTOP)

    def pause_again(self, node: Node) -> None:
        """After it was started anew."""
        node.send_signal(signal.SIGSTOP)

    def wake(self, node: Node) -> None:
        self.paused[node.node_id] -= 1
        if node.is_running and self.paused[node.node_id] == 0:
            node.send_signal(signal.SIGCONT)

    def check(self) -> None:
        """Whether every process is as it should be: raises NodeFailure when one ended by itself or did not end well."""
        for node in self.cluster.nodes:
            if node.is_expected and not node.is_running and self.has_no_room_to_start(node):
                node.is_expected = False
            if node.is_expected:
                node.check_running()
        for node_id in sorted(self.stopping):
            node = self.by_id[node_id]
            if not node.is_running:
                was_up = self.stopping.pop(node_id)
                # While it reads its log the signal ends it where it is, as a crash does.
                if node.process.returncode not in ((0,) if was_up else (0, -signal.SIGTERM)):
                    raise NodeFailure(
                        f"{node_id} ended with {node.process.returncode} on SIGTERM; {node.log} says:\n{node.last_words()}")

    def has_no_room_to_start(self, node: Node) -> bool:
        """A node may refuse to start on a full disk; it is started again and again."""
        return self.filled[node.node_id] > 0 and node.process.returncode == 1 and "ENOSPC" in node.last_words(1)

    @property
    def down(self) -> set[str]:
        return {node.node_id for node in self.cluster.nodes if not node.is_running}

    @property
    def awake(self) -> list[Node]:
        """Running, and not paused."""
        return [node for node in self.cluster.running if not self.paused[node.node_id]]

    # Disks

    def fill(self, node: Node) -> None:
        self.filled[node.node_id] += 1
        if self.filled[node.node_id] == 1:
            self.disks[node.node_id].fill()

    def free(self, node: Node) -> None:
        self.filled[node.node_id] -= 1
        if self.filled[node.node_id] == 0:
            self.disks[node.node_id].free()

    # What they say

    def statuses(self) -> dict[str, dict]:
        """Of those that answer at once."""
        found = {node.node_id: node.status(STATUS_SECONDS) for node in self.awake}
        return {node_id: status for node_id, status in found.items() if status is not None}

    def leader(self) -> tuple[Node, dict] | None:
        """Of the highest term, with its status."""
        leading = [status for status in self.statuses().values() if status["role"] == "Leader"]
        if not leading:
            return None
        status = max(leading, key=lambda status: status["term"])
        return self.by_id[status["node_id"]], status

    def keep_files(self) -> None:
        """What is on disks that are about to go, next to the logs. Ends all nodes: they would remove files meanwhile."""
        for node in self.cluster.nodes:
            self.kill(node)
        for node_id in self.disks:
            node = self.by_id[node_id]
            if node.directory.exists():
                shutil.copytree(node.directory, self.cluster.data / "kept" / node_id, dirs_exist_ok=True)
