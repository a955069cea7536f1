"""Each node in turn is killed, then each in turn stopped in order, and started again."""

import signal
import time
from dataclasses import dataclass

from testbed.cluster import Cluster
from testbed.node import Node, NodeFailure

from .volley import Volley

# What a kill may still be felt by, after the node is ready again.
ECHO_SECONDS = 1.0


@dataclass(frozen=True)
class Fault:
    kind: str
    """SIGKILL or SIGTERM"""
    node: Node
    led: bool
    began: float
    gone: float
    """The process had ended."""
    ready: float
    """It had started again, and was ready."""
    volley: Volley
    """What was on its way just then."""

    @property
    def address(self) -> str:
        return f"{self.node.site.host}:{self.node.client_port}"

    def overlaps(self, began: float, ended: float) -> bool:
        return began <= self.ready + ECHO_SECONDS and ended >= self.began


def one_fault(cluster: Cluster, node: Node, kind: str, down_seconds: float, volley: Volley) -> Fault:
    """Call it on the main thread: nodes live as long as the thread that started them."""
    led = cluster.wait_leader() is node
    volley.load()
    volley.fire_first_half()
    began = time.monotonic()
    if kind == "SIGTERM":
        node.ask_to_stop()
    else:
        node.is_expected = False
        node.send_signal(signal.SIGKILL)
    volley.fire_second_half()
    status = node.wait_stopped()
    if kind == "SIGTERM" and status != 0:
        raise NodeFailure(f"{node.node_id} ended with {status} after SIGTERM; {node.log} says:\n{node.last_words()}")
    gone = time.monotonic()
    volley.collect()
    time.sleep(max(0.0, began + down_seconds - time.monotonic()))
    cluster.start([node])
    return Fault(kind, node, led, began, gone, time.monotonic(), volley)
