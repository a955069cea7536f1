"""Nodes on loopback."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .node import Node, NodeFailure, Site
from .ports import free_ports, is_free
from .programs import Programs

T = TypeVar("T")
POLL_SECONDS = 0.01


class Cluster:
    """Started on entry to a `with`, stopped on exit."""

    def __init__(
        self, programs: Programs, data: Path, cluster_ports: list[int], client_ports: list[int], extra: list[str] | None = None,
        founders: int | None = None, is_nameless: bool = False, folders: list[Path] | None = None,
        sites: list[Site] | None = None, transport: str = "http",
    ):
        """`extra` are further flags of every node. The first `founders` nodes, all without it, know each other from the
        start, `is_nameless` by address only; the others are started with --join. `folders` and `sites` have one for each.
        `transport` is how they speak MCP: `http` or `sse`."""
        self.programs = programs
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        ids = [f"node{number}" for number in range(1, len(cluster_ports) + 1)]
        founders = len(ids) if founders is None else founders
        sites = sites or [Site()] * len(ids)
        listed = [site.peer_address or f"{site.host}:{port}" for site, port in zip(sites, cluster_ports)]
        addresses = listed[:founders]
        peers = addresses if is_nameless else [f"{node_id}@{address}" for node_id, address in zip(ids, addresses)]
        self.nodes = []
        for number, node_id in enumerate(ids):
            folder = folders[number] if folders else data
            others = peers[:number] + peers[number + 1:] if number < founders else []
            arguments = [
                str(programs.raftd), "--node-id", node_id, "--cluster-port", str(cluster_ports[number]),
                "--cluster-host", sites[number].host, "--advertise-addr", listed[number],
                f"--{transport}-port", str(client_ports[number]), "--http-host", sites[number].host, "--session-db-path", str(folder),
                *(extra or []),
            ]
            self.nodes.append(
                Node(
                    node_id, cluster_ports[number], client_ports[number], arguments, folder, data / f"{node_id}.log",
                    sites[number], others))

    @classmethod
    def on_free_ports(
        cls, programs: Programs, data: Path, extra: list[str] | None = None, count: int = 3, **more: object
    ) -> "Cluster":
        ports = free_ports(2 * count)
        return cls(programs, data, ports[:count], ports[count:], extra, **more)

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

    @property
    def running(self) -> list[Node]:
        return [node for node in self.nodes if node.is_running]

    def start(self, nodes: list[Node] | None = None, timeout: float = 30.0) -> None:
        """All nodes, or these, until each is ready."""
        for node in nodes or self.nodes:
            node.start()
        self.wait_ready(nodes, timeout)

    def stop(self) -> None:
        """All nodes at once by SIGTERM."""
        running = self.running
        for node in running:
            node.ask_to_stop()
        for node in running:
            node.wait_stopped()

    def wait_for(self, what: str, condition: Callable[[], T | None], timeout: float = 30.0) -> T:
        """Asks again and again, since nodes do not call back. Raises NodeFailure when time runs out or a node ends that
        should run."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            for node in self.nodes:
                if node.is_expected:
                    node.check_running()
            time.sleep(POLL_SECONDS)
        words = "\n".join(f"{node.node_id}: {node.last_words(2)}" for node in self.nodes if node.process is not None)
        raise NodeFailure(f"waited {timeout:.0f} s in vain for {what}; the logs end so:\n{words}")

    def wait_ready(self, nodes: list[Node] | None = None, timeout: float = 30.0) -> None:
        for node in nodes or self.nodes:
            self.wait_for(f"{node.node_id} to be ready", lambda: node.is_ready, timeout)

    def wait_leader(self, nodes: list[Node] | None = None, timeout: float = 30.0) -> Node:
        """The leader that all running nodes, or these, agree on."""
        return self.wait_for("one leader", lambda: self._leader(nodes or self.running), timeout)

    def _leader(self, nodes: list[Node]) -> Node | None:
        statuses = [node.status() for node in nodes]
        if not statuses or None in statuses or len({(status["leader_id"], status["term"]) for status in statuses}) > 1:
            return None
        return next((node for node in self.nodes if node.node_id == statuses[0]["leader_id"] and node.is_running), None)

    def wait_caught_up(self, nodes: list[Node] | None = None, timeout: float = 60.0) -> int:
        """Until every node, or these, have applied all that any of them has logged; the index. Only without load."""
        return self.wait_for("all nodes to hold the same", lambda: self._common_index(nodes or self.nodes), timeout)

    def _common_index(self, nodes: list[Node]) -> int | None:
        statuses = [node.status() for node in nodes]
        if None in statuses:
            return None
        indexes = {status[name] for status in statuses for name in ("commit_index", "last_applied", "log_length")}
        return indexes.pop() if len(indexes) == 1 else None

    def status_table(self) -> str:
        command = [self.programs.raftctl, "status", "--endpoints", self.endpoints]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.rstrip()
