"""What is wrong between the nodes at a time, as the sum of the faults under way."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from testbed.cluster import Cluster
from testbed.node import NodeFailure

Pair = tuple[str, str]


@dataclass
class LinkFault:
    """One fault's share. Pairs are of a sender and a recipient."""

    held: set[Pair] = field(default_factory=set)
    """Nothing comes through the proxy before it ends."""
    swallowed: set[Pair] = field(default_factory=set)
    """No packet arrives."""
    unplugged: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Nodes whose ports refuse connections."""
    delays: dict[Pair, tuple[float, float]] = field(default_factory=dict)
    """Seconds, and how many more at random."""

    def cuts(self) -> set[Pair]:
        return self.held | self.swallowed


class Links:
    """Drives the proxy and the network."""

    def __init__(self, cluster: Cluster, network, log: Path):
        self.network = network
        self.faults: dict[int, LinkFault] = {}
        self.down: set[str] = set()
        """Nodes whose processes are gone, so that their ports refuse."""
        sites = {
            node.node_id: {
                "node": [node.site.host, node.cluster_port], "listen": network.listener(node.node_id),
                "source": network.source(node.node_id),
            } for node in cluster.nodes
        }
        program = Path(__file__).with_name("proxy.py")
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-B", str(program), json.dumps(sites)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, process_group=0)
        self._hear("ready")

    def __enter__(self) -> "Links":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def put(self, number: int, fault: LinkFault) -> None:
        self.faults[number] = fault
        self.apply()

    def take(self, number: int) -> None:
        if self.faults.pop(number, None) is not None:
            self.apply()

    def clear(self) -> None:
        self.faults.clear()
        self.apply()

    def set_down(self, node_ids: set[str]) -> None:
        if node_ids != self.down:
            self.down = set(node_ids)
            self.apply()

    def reset(self, pairs: list[Pair]) -> None:
        self.apply(pairs)

    def apply(self, reset: list[Pair] | None = None) -> None:
        faults = self.faults.values()
        held = set().union(*(fault.held for fault in faults))
        delays: dict[Pair, tuple[float, float]] = {}
        for fault in faults:
            delays |= fault.delays
        links = [
            {"from": pair[0], "to": pair[1], "held": pair in held, "delay": delays.get(pair, (0, 0))[0],
             "jitter": delays.get(pair, (0, 0))[1]}
            for pair in sorted(held | delays.keys())
        ]
        refused = self.down.union(*(fault.refused for fault in faults))
        self._say({"links": links, "refused": sorted(refused), "reset": reset or []})
        if self.network.has_cables:
            self.network.set(
                set().union(*(fault.swallowed for fault in faults)), set().union(*(fault.unplugged for fault in faults)))

    def can_talk(self, one: str, other: str) -> bool:
        """Both ways, however slowly."""
        for fault in self.faults.values():
            if {(one, other), (other, one)} & fault.cuts() or {one, other} & (fault.unplugged | fault.refused):
                return False
        return True

    def _say(self, order: dict) -> None:
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise NodeFailure(f"the proxy is gone: {error}") from None
        self._hear("done")

    def _hear(self, word: str) -> None:
        if self.process.stdout.readline().strip() != word:
            raise NodeFailure("the proxy ended; see proxy.log")
