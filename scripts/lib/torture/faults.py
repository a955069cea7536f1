"""What goes wrong. Each fault begins with its method and gives back what ends it, or None when it is over at once."""

import random
from collections.abc import Callable
from itertools import permutations

from testbed.client import NoAnswer, NotSent
from testbed.node import Node

from .links import LinkFault, Links, Pair
from .machines import Machines
from .roster import IN, JOINING, LEAVING, OUT, Roster
from .schedule import Fault

End = Callable[[], None] | None

FOUNDERS = 5
DELAY_SECONDS = (0.01, 0.06)
LONG_DELAY_SECONDS = (0.1, 0.3)
TRANSFER_SECONDS = 3.0


class Faults:
    """The kinds are the names of the public methods."""

    def __init__(self, machines: Machines, roster: Roster, links: Links, has_cables: bool):
        self.machines = machines
        self.roster = roster
        self.links = links
        self.has_cables = has_cables

    @staticmethod
    def kinds(has_cables: bool, has_disks: bool) -> list[str]:
        """Those that are possible."""
        names = [name for name in vars(Faults) if not name.startswith("_") and name not in ("kinds", "begin")]
        return [
            name.replace("_", " ") for name in names
            if (has_cables or name != "unplug_a_node") and (has_disks or "disk_full" not in name and "disks_full" not in name)
        ]

    def begin(self, fault: Fault) -> tuple[str | None, End]:
        """What it hits, in words, or None when it is not possible now; and what ends it."""
        dice = random.Random(fault.dice)
        return getattr(self, fault.kind.replace(" ", "_"))(fault, dice) or (None, None)

    # Whom

    def _members(self) -> list[Node]:
        return self.roster.nodes(IN)

    def _running(self) -> list[Node]:
        awake = {node.node_id for node in self.machines.awake}
        return [node for node in self._members() if node.node_id in awake] or self._members()

    def _leader(self) -> Node:
        found = self.machines.leader()
        return found[0] if found else self._running()[0]

    def _follower(self, dice: random.Random) -> Node:
        leader = self._leader()
        return dice.choice([node for node in self._running() if node is not leader] or [leader])

    def _anyone(self, dice: random.Random) -> Node:
        return self._leader() if dice.random() < 0.4 else dice.choice(self._running())

    # Processes

    def kill_a_follower(self, _: Fault, dice: random.Random):
        return self._down([self._follower(dice)], self.machines.keep_down)

    def kill_the_leader(self, _: Fault, __: random.Random):
        return self._down([self._leader()], self.machines.keep_down)

    def kill_all(self, _: Fault, __: random.Random):
        return self._down(self._members(), self.machines.keep_down)

    def terminate(self, _: Fault, dice: random.Random):
        return self._down([self._anyone(dice)], self.machines.ask_to_stop)

    def _down(self, nodes: list[Node], how: Callable[[Node], None]):
        for node in nodes:
            how(node)
        return _names(nodes), lambda: [self.machines.let_up(node) for node in nodes]

    def stop_the_leader(self, _: Fault, __: random.Random):
        return self._pause([self._leader()])

    def stop_a_follower(self, _: Fault, dice: random.Random):
        return self._pause([self._follower(dice)])

    def stop_a_majority(self, _: Fault, dice: random.Random):
        members = self._members()
        return self._pause(dice.sample(members, len(members) // 2 + 1))

    def _pause(self, nodes: list[Node]):
        for node in nodes:
            self.machines.pause(node)
        return _names(nodes), lambda: [self.machines.wake(node) for node in nodes]

    # Links

    def isolate_the_leader(self, fault: Fault, dice: random.Random):
        leader = self._leader()
        return self._cut(fault, dice, f"{leader.node_id} from all", _between([leader], self._others(leader)))

    def silence_the_leader(self, fault: Fault, dice: random.Random):
        leader = self._leader()
        return self._cut(fault, dice, f"{leader.node_id} to all", _from([leader], self._others(leader)))

    def deafen_the_leader(self, fault: Fault, dice: random.Random):
        leader = self._leader()
        return self._cut(fault, dice, f"all to {leader.node_id}", _from(self._others(leader), [leader]))

    def deafen_a_follower(self, fault: Fault, dice: random.Random):
        node = self._follower(dice)
        return self._cut(fault, dice, f"all to {node.node_id}", _from(self._others(node), [node]))

    def cut_a_pair(self, fault: Fault, dice: random.Random):
        leader, other = self._leader(), self._follower(dice)
        is_both = dice.random() < 0.5
        pairs = _between([leader], [other]) if is_both else _from(*dice.sample([[leader], [other]], 2))
        return self._cut(fault, dice, " and ".join(sorted(f"{one} to {two}" for one, two in pairs)), pairs)

    def split_off_a_minority(self, fault: Fault, dice: random.Random):
        """With the leader in it, or without."""
        nodes = self._shuffled(dice)
        few, many = nodes[:(len(nodes) - 1) // 2], nodes[(len(nodes) - 1) // 2:]
        return self._cut(fault, dice, f"{_names(few)} | {_names(many)}", _between(few, many))

    def split_without_a_majority(self, fault: Fault, dice: random.Random):
        nodes = self._shuffled(dice)
        islands = [nodes[0::3], nodes[1::3], nodes[2::3]]
        pairs = set().union(*(_between(one, other) for one, other in permutations(islands, 2)))
        return self._cut(fault, dice, " | ".join(_names(island) for island in islands), pairs)

    def split_with_a_bridge(self, fault: Fault, dice: random.Random):
        """Two halves, and one node that both can reach."""
        bridge, *nodes = self._shuffled(dice)
        half = len(nodes) // 2
        words = f"{_names(nodes[:half])} | {bridge.node_id} | {_names(nodes[half:])}"
        return self._cut(fault, dice, words, _between(nodes[:half], nodes[half:]))

    def unplug_a_node(self, fault: Fault, dice: random.Random):
        node = self._anyone(dice)
        return self._put(fault, node.node_id, LinkFault(unplugged={node.node_id}))

    def refuse_connections(self, fault: Fault, dice: random.Random):
        """A port that refuses although its node lives, and all that was open is reset."""
        node = self._anyone(dice)
        result = self._put(fault, node.node_id, LinkFault(refused={node.node_id}))
        self.links.reset(sorted(_from([node], self._others(node))))
        return result

    def reset_connections(self, _: Fault, dice: random.Random):
        node = self._anyone(dice)
        self.links.reset(sorted(_from([node], self._others(node))))
        return node.node_id, None

    def delay_all(self, fault: Fault, dice: random.Random):
        nodes = self.machines.cluster.nodes
        seconds = dice.uniform(*DELAY_SECONDS)
        return self._delay(fault, f"{1000 * seconds:.0f} ms", _between(nodes, nodes), seconds)

    def delay_a_node(self, fault: Fault, dice: random.Random):
        node = self._anyone(dice)
        seconds = dice.uniform(*LONG_DELAY_SECONDS)
        return self._delay(fault, f"{node.node_id} {1000 * seconds:.0f} ms", _between([node], self._others(node)), seconds)

    def delay_one_way(self, fault: Fault, dice: random.Random):
        node = self._anyone(dice)
        seconds = dice.uniform(*LONG_DELAY_SECONDS)
        return self._delay(fault, f"to {node.node_id} {1000 * seconds:.0f} ms", _from(self._others(node), [node]), seconds)

    def _others(self, node: Node) -> list[Node]:
        return [other for other in self.machines.cluster.nodes if other is not node]

    def _shuffled(self, dice: random.Random) -> list[Node]:
        nodes = self.roster.nodes(IN, JOINING, LEAVING)
        dice.shuffle(nodes)
        return nodes

    def _cut(self, fault: Fault, dice: random.Random, words: str, pairs: set[Pair]):
        """By a proxy that holds what it gets, or by packets that do not arrive."""
        if self.has_cables and dice.random() < 0.5:
            return self._put(fault, f"{words}, no packets", LinkFault(swallowed=pairs))
        return self._put(fault, words, LinkFault(held=pairs))

    def _delay(self, fault: Fault, words: str, pairs: set[Pair], seconds: float):
        return self._put(fault, words, LinkFault(delays={pair: (seconds, seconds / 2) for pair in pairs}))

    def _put(self, fault: Fault, words: str, link_fault: LinkFault):
        self.links.put(fault.number, link_fault)
        return words, lambda: self.links.take(fault.number)

    # Disks

    def a_disk_full(self, _: Fault, dice: random.Random):
        return self._fill([self._anyone(dice)])

    def all_disks_full(self, _: Fault, __: random.Random):
        return self._fill(self._members())

    def _fill(self, nodes: list[Node]):
        for node in nodes:
            self.machines.fill(node)
        return _names(nodes), lambda: [self.machines.free(node) for node in nodes]

    # Members

    def transfer(self, _: Fault, dice: random.Random):
        leader, other = self._leader(), self._follower(dice)
        try:
            answer = leader.administer("/raft/transfer", {"to": other.node_id}, TRANSFER_SECONDS)
            return f"from {leader.node_id} to {other.node_id}: {answer.status}", None
        except (NotSent, NoAnswer):
            return f"from {leader.node_id} to {other.node_id}: no answer", None

    def join(self, _: Fault, dice: random.Random):
        absent = self.roster.nodes(OUT)
        if not absent:
            return None
        node = dice.choice(absent)
        self.roster.add(node)
        return node.node_id, None

    def leave(self, _: Fault, dice: random.Random):
        if len(self._members()) <= FOUNDERS or not self.roster.is_settled:
            return None
        node = self._anyone(dice)
        self.roster.remove(node)
        return node.node_id, None

    def wipe_a_disk(self, _: Fault, dice: random.Random):
        """Only while all other disks are whole and whoever joined has all of it: a majority must keep what it has."""
        if len(self._members()) < FOUNDERS or not self.roster.is_settled:
            return None
        node = self._anyone(dice)
        self.roster.wipe(node)
        return node.node_id, None


def _names(nodes: list[Node]) -> str:
    return " ".join(sorted(node.node_id for node in nodes))


def _from(senders: list[Node], recipients: list[Node]) -> set[Pair]:
    return {(one.node_id, other.node_id) for one in senders for other in recipients if one is not other}


def _between(some: list[Node], others: list[Node]) -> set[Pair]:
    return _from(some, others) | _from(others, some)
