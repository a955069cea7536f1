"""Three nodes on loopback."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .node import Node, NodeFailure
from .ports import LOOPBACK, free_ports, is_free
from .programs import Programs

T = TypeVar("T")
POLL_SECONDS = 0.01


class Cluster:
    """Started on entry to a `with`, stopped on exit."""

    def __init__(
        self, programs: Programs, data: Path, cluster_ports: list[int], client_ports: list[int], extra: list[str] | None = None
    ):
        """`extra` are further flags of every node."""
        self.programs = programs
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        ids = [f"node{number}" for number in range(1, len(cluster_ports) + 1)]
        addresses = [f"{node_id}@{LOOPBACK}:{port}" for node_id, port in zip(ids, cluster_ports)]
        self.nodes = [
            Node(
                node_id, cluster_port, client_port,
                [
                    str(programs.raftd), "--node-id", node_id, "--cluster-port", str(cluster_port),
                    "--cluster-host", LOOPBACK, "--advertise-addr", f"{LOOPBACK}:{cluster_port}",
                    "--http-port", str(client_port), "--session-db-path", str(data),
                    "--peers", ",".join(address for address in addresses if not address.startswith(f"{node_id}@")),
                    *(extra or []),
                ],
                data / f"{node_id}.log")
            for node_id, cluster_port, client_port in zip(ids, cluster_ports, client_ports)
        ]

    @classmethod
    def on_free_ports(cls, programs: Programs, data: Path, extra: list[str] | None = None) -> "Cluster":
        ports = free_ports(6)
        return cls(programs, data, ports[:3], ports[3:], extra)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def occupied_ports(self) -> list[int]:
        ports = [port for node in self.nodes for port in (node.cluster_port, node.client_port)]
        return [port for port in ports if not is_free(port)]

    @property
    def endpoints(self) -> str:
        return ",".join(node.cluster_address for node in self.nodes)

    def start(self, timeout: float = 30.0) -> None:
        """All nodes, until each is ready."""
        for node in self.nodes:
            node.start()
        self.wait_ready(timeout=timeout)

    def stop(self) -> None:
        """All nodes at once by SIGTERM."""
        running = [node for node in self.nodes if node.is_running]
        for node in running:
            node.process.terminate()
        for node in running:
            node.stop()

    def wait_for(self, what: str, condition: Callable[[], T | None], timeout: float = 30.0) -> T:
        """Asks again and again, since nodes do not call back. Raises NodeFailure when time runs out or a node that was
        started ends."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            for node in self.nodes:
                if node.process is not None:
                    node.check_running()
            time.sleep(POLL_SECONDS)
        words = "\n".join(f"{node.node_id}: {node.last_words(2)}" for node in self.nodes if node.process is not None)
        raise NodeFailure(f"waited {timeout:.0f} s in vain for {what}; the logs end so:\n{words}")

    def wait_ready(self, nodes: list[Node] | None = None, timeout: float = 30.0) -> None:
        for node in nodes or self.nodes:
            self.wait_for(f"{node.node_id} to be ready", lambda: node.is_ready, timeout)

    def wait_leader(self, timeout: float = 30.0) -> Node:
        """The leader that all running nodes agree on."""
        return self.wait_for("one leader", self._leader, timeout)

    def _leader(self) -> Node | None:
        statuses = [node.status() for node in self.nodes if node.is_running]
        if not statuses or None in statuses or len({(status["leader_id"], status["term"]) for status in statuses}) > 1:
            return None
        return next((node for node in self.nodes if node.node_id == statuses[0]["leader_id"] and node.is_running), None)

    def wait_caught_up(self, timeout: float = 60.0) -> int:
        """Until every node has applied all that any of them has logged; the index. Only for a cluster without load."""
        return self.wait_for("all nodes to hold the same", self._common_index, timeout)

    def _common_index(self) -> int | None:
        statuses = [node.status() for node in self.nodes]
        if None in statuses:
            return None
        indexes = {status[name] for status in statuses for name in ("commit_index", "last_applied", "log_length")}
        return indexes.pop() if len(indexes) == 1 else None

    def status_table(self) -> str:
        command = [self.programs.raftctl, "status", "--endpoints", self.endpoints]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.rstrip()
