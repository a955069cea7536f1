"""Whether every promise was kept, on every node."""

from urllib.parse import quote

from testbed.client import Client
from testbed.cluster import Cluster
from testbed.node import Node

from .ledger import Ledger

Contents = dict[str, tuple[str, int]]


def contents(node: Node) -> Contents:
    """All keys of the node's own state with value and revision."""
    found: Contents = {}
    after = ""
    with Client(node.client_port, timeout=30, host=node.site.host) as client:
        while after is not None:
            start = f"&start_after={quote(after, safe='')}" if after else ""
            page = client.get(f"/v1/kv?consistency=stale&limit=1000{start}").json()
            found |= {entry["key"]: (entry["value"], entry["revision"]) for entry in page["entries"]}
            after = page["next"]
    return found


def verify(cluster: Cluster, nodes: list[Node], ledger: Ledger, ignored: set[str] = frozenset()) -> list[str]:
    """Call it without load. Once every one of `nodes` has caught up, each must hold for every key the last acknowledged value or
    one of unknown outcome above it, and all the same. What is found then counts as acknowledged. `ignored` are keys that
    others write."""
    cluster.wait_caught_up(nodes)
    holdings = {node.node_id: contents(node) for node in nodes}
    violations = []
    for node_id, held in holdings.items():
        violations += [f"{node_id} holds {key}, which nobody wrote" for key in held.keys() - ledger.promises.keys() - ignored]
        for key, promise in ledger.promises.items():
            if violation := promise.violation(*held.get(key, (None, None))):
                violations.append(f"{node_id}, {key}: {violation}")
    first, *others = holdings.items()
    for node_id, held in others:
        differing = sorted(key for key in held.keys() | first[1].keys() if held.get(key) != first[1].get(key))
        violations += [f"{key}: {first[0]} holds {first[1].get(key)}, {node_id} holds {held.get(key)}" for key in differing]
    if not violations:
        for key, promise in ledger.promises.items():
            promise.settle(*first[1].get(key, (None, None)))
    return violations
