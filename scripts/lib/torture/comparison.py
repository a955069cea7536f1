"""Whether all nodes hold the same."""

from promises.verify import contents
from testbed.cluster import Cluster
from testbed.node import Node, NodeFailure

# Nodes compare their hashes every ten seconds.
HASH_SECONDS = 40.0


def compare_contents(nodes: list[Node]) -> None:
    """Key by key; raises NodeFailure. Only without load."""
    first, *others = nodes
    held = contents(first)
    for node in others:
        other = contents(node)
        differing = sorted(key for key in held.keys() | other.keys() if held.get(key) != other.get(key))
        if differing:
            key = differing[0]
            raise NodeFailure(
                f"{first.node_id} and {node.node_id} differ in {len(differing)} keys: "
                f"{key} is {held.get(key)} and {other.get(key)}")


def compare_hashes(statuses: list[dict | None]) -> tuple[int, str] | None:
    """Raises NodeFailure when the hashes of two nodes at one index differ, or a node says so. Index and hash, when all
    know theirs of the same index, which has to be waited for."""
    if None in statuses:
        return None
    hashes: dict[int, dict[str, str]] = {}
    for status in statuses:
        found = status["replica_hash"]
        if found["mismatch"] or found["convicted"]:
            raise NodeFailure(f"{status['node_id']} knows of states that differ: {found}")
        if found["hash"] is not None:
            hashes.setdefault(found["index"], {})[status["node_id"]] = found["hash"]
    for index, by_node in hashes.items():
        if len(set(by_node.values())) > 1:
            raise NodeFailure(f"the hashes of the states at index {index} differ: {by_node}")
    index, by_node = max(hashes.items(), default=(0, {}))
    return (index, next(iter(by_node.values()))) if index and len(by_node) == len(statuses) else None


def wait_for_hashes(cluster: Cluster, nodes: list[Node]) -> tuple[int, str]:
    """Until all nodes have hashed the same entry's state, after this was called; index and hash."""
    least = max((node.status() or {"commit_index": 0})["commit_index"] for node in nodes)

    def common() -> tuple[int, str] | None:
        found = compare_hashes([node.status() for node in nodes])
        return found if found and found[0] > least else None

    return cluster.wait_for("the hashes of all states", common, HASH_SECONDS)
