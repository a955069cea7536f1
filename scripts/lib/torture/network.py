"""Where the nodes live: each in a network namespace of its own, or all on loopback."""

import subprocess

from testbed.node import Site
from testbed.ports import LOOPBACK

HUB = "10.77.0.1"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


class LoopbackNetwork:
    """All that can be cut is what goes through the proxy."""

    has_cables = False

    def __init__(self, ids: list[str], ports: list[int]):
        self.proxy_ports = dict(zip(ids, ports))

    def __enter__(self) -> "LoopbackNetwork":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sites(self) -> list[Site]:
        return [Site(peer_address=f"{LOOPBACK}:{port}") for port in self.proxy_ports.values()]

    def listener(self, node_id: str) -> tuple[str, int]:
        """Where the proxy stands in for a node."""
        return LOOPBACK, self.proxy_ports[node_id]

    def source(self, _: str) -> str | None:
        """The address from which the proxy speaks for a node, if it has one of its own."""
        return None


class SecludedNetwork:
    """A namespace for each node, with a cable to a bridge in the script's own, where the proxy and the clients are.
    For each node the bridge has one more address, which stands for the node: the others dial it, and are dialled from
    it. So a route in a namespace that swallows all that goes there keeps one node from saying anything to one other."""

    PORT = 7001
    has_cables = True

    def __init__(self, ids: list[str]):
        self.ids = ids
        self.holders: dict[str, subprocess.Popen] = {}
        self.swallowed: set[tuple[str, str]] = set()
        self.unplugged: set[str] = set()

    def __enter__(self) -> "SecludedNetwork":
        _ip("link", "set", "lo", "up")
        _ip("link", "add", "hub", "type", "bridge")
        _ip("address", "add", f"{HUB}/16", "dev", "hub")
        _ip("link", "set", "hub", "up")
        for number, node_id in enumerate(self.ids, 1):
            _ip("address", "add", f"{self.source(node_id)}/32", "dev", "hub")
            self._lay_cable(number, node_id)
        return self

    def _lay_cable(self, number: int, node_id: str) -> None:
        holder = subprocess.Popen(
            ["unshare", "--net", "setpriv", "--pdeathsig", "KILL", "--", "sh", "-c", "echo; exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, process_group=0)
        self.holders[node_id] = holder
        # Now it is in its namespace.
        holder.stdout.readline()
        _ip("link", "add", f"cable{number}", "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        _ip("link", "set", f"cable{number}", "master", "hub", "up")
        self._inside(node_id, "link", "set", "lo", "up")
        self._inside(node_id, "address", "add", f"{self._host(node_id)}/16", "dev", "eth0")
        self._inside(node_id, "link", "set", "eth0", "up")

    def __exit__(self, *_: object) -> None:
        for holder in self.holders.values():
            holder.kill()
            holder.wait()

    def _number(self, node_id: str) -> int:
        return self.ids.index(node_id) + 1

    def _host(self, node_id: str) -> str:
        return f"10.77.1.{self._number(node_id)}"

    def _enter(self, node_id: str) -> tuple[str, ...]:
        return "nsenter", f"--net=/proc/{self.holders[node_id].pid}/ns/net", "--"

    def _inside(self, node_id: str, *words: str) -> None:
        subprocess.run([*self._enter(node_id), "ip", *words], check=True)

    def sites(self) -> list[Site]:
        return [
            Site(self._host(node_id), f"{self.source(node_id)}:{self.PORT}", self._enter(node_id)) for node_id in self.ids
        ]

    def listener(self, node_id: str) -> tuple[str, int]:
        return self.source(node_id), self.PORT

    def source(self, node_id: str) -> str:
        return f"10.77.2.{self._number(node_id)}"

    def set(self, swallowed: set[tuple[str, str]], unplugged: set[str]) -> None:
        """`swallowed`: pairs of a node and one that hears nothing of it; `unplugged`: nodes without a cable, also to clients."""
        for sender, recipient in swallowed - self.swallowed:
            self._inside(sender, "route", "add", "blackhole", self.source(recipient))
        for sender, recipient in self.swallowed - swallowed:
            self._inside(sender, "route", "delete", "blackhole", self.source(recipient))
        for node_id in unplugged - self.unplugged:
            _ip("link", "set", f"cable{self._number(node_id)}", "down")
        for node_id in self.unplugged - unplugged:
            _ip("link", "set", f"cable{self._number(node_id)}", "up")
        self.swallowed, self.unplugged = set(swallowed), set(unplugged)


def network(ids: list[str], has_namespaces: bool, ports: list[int]) -> LoopbackNetwork | SecludedNetwork:
    """`ports`: on loopback, where the proxy stands in for the nodes; members know each other by them, so they must stay."""
    return SecludedNetwork(ids) if has_namespaces else LoopbackNetwork(ids, ports)
