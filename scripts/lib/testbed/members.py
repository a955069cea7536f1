"""The configuration, as the leader has it, and how it is changed."""

from dataclasses import dataclass

from .client import Answer
from .cluster import Cluster
from .node import Node, NodeFailure


@dataclass(frozen=True)
class Members:
    leader: Node
    ids: frozenset[str]
    learners: frozenset[str]

    @property
    def voters(self) -> frozenset[str]:
        return self.ids - self.learners


def members(cluster: Cluster) -> Members | None:
    """None while no node leads."""
    best = None
    for node in cluster.running:
        status = node.status()
        if status is not None and status["role"] == "Leader" and (best is None or status["term"] > best[1]["term"]):
            best = node, status
    if best is None:
        return None
    node, status = best
    return Members(node, frozenset(status["peer_addrs"]), frozenset(status["learners"]))


def join(cluster: Cluster, node: Node, via: Node, as_learner: bool = False, timeout: float = 60.0) -> None:
    """Starts a node with an empty directory, until it is a member, and a voter unless `as_learner`."""
    node.wipe()
    node.start("--join", via.cluster_address, *(["--join-as-learner"] if as_learner else []))

    def is_in() -> bool:
        found = members(cluster)
        return found is not None and node.node_id in (found.ids if as_learner else found.voters)

    cluster.wait_for(f"{node.node_id} to be a {'learner' if as_learner else 'voter'}", is_in, timeout)


def leave(node: Node, via: Node) -> None:
    """Removes a member and stops it."""
    expect(via.administer("/raft/leave", {"node_id": node.node_id}), f"{node.node_id} cannot leave")
    node.stop()


def transfer(to: Node, via: Node) -> None:
    expect(via.administer("/raft/transfer", {"to": to.node_id}), f"{to.node_id} does not take over")


def expect(answer: Answer, what: str) -> None:
    if answer.status != 200:
        raise NodeFailure(f"{what}: {answer.status} {answer.body.decode(errors='replace')}")
