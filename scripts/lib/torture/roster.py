"""Who is to be a member, and the steps until it is so, one at a time and again and again, since any of them may fail."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from testbed.client import Answer, NoAnswer, NotSent
from testbed.node import Node

from .machines import Machines

IN, OUT, JOINING, LEAVING, WIPED = "in", "out", "joining", "leaving", "wiped"
# A node that was told to ask somebody who has left meanwhile is told another.
JOIN_SECONDS = 6.0
ASK_SECONDS = 4.0


@dataclass
class Request:
    """A removal that somebody is asked for."""

    answer: Answer | None = None
    thread: threading.Thread | None = None
    removed_at: tuple[int, int] | None = None
    """Term and index by which the removal is in the leader's log, once that is known; to be committed yet."""


class Roster:
    def __init__(self, machines: Machines, states: dict[str, str], save: Callable[[], None]):
        """`save` is called when `states` changed: they have to outlive the script as the directories do."""
        self.machines = machines
        self.states = states
        self.save = save
        self.began_to_join: dict[str, float] = {}
        self.requests: dict[str, Request] = {}

    def ids(self, *states: str) -> list[str]:
        return [node_id for node_id, state in self.states.items() if state in states]

    def nodes(self, *states: str) -> list[Node]:
        return [self.machines.by_id[node_id] for node_id in self.ids(*states)]

    @property
    def is_settled(self) -> bool:
        return all(state in (IN, OUT) for state in self.states.values())

    def put(self, node: Node, state: str) -> None:
        self.states[node.node_id] = state
        self.save()

    # Wishes

    def add(self, node: Node) -> None:
        node.wipe()
        self.put(node, JOINING)

    def remove(self, node: Node) -> None:
        self.put(node, LEAVING)

    def wipe(self, node: Node) -> None:
        """As if its disk had been replaced; it has to leave before it can come again."""
        self.machines.kill(node)
        self.put(node, WIPED)
        node.wipe()

    # Steps

    def step(self) -> None:
        found = self.machines.leader()
        for node_id, state in self.states.items():
            node = self.machines.by_id[node_id]
            if state in (IN, JOINING, LEAVING) and not node.is_running and not self.machines.kept_down[node_id]:
                self.start(node)
            if state in (LEAVING, WIPED) and found:
                self.step_out(node, *found)
            if state == JOINING and found:
                self.step_in(node, found[1])

    def start(self, node: Node) -> None:
        """A node that is a member takes no notice of --join, and one that founds takes none of it being absent."""
        others = [other for other in self.nodes(IN) if other is not node]
        if self.states[node.node_id] == JOINING and not others:
            return
        if node.peers and self.states[node.node_id] == IN:
            node.start()
        else:
            # Whoever comes first is another one each time.
            via = others[int(time.monotonic() * 10) % len(others)] if others else node
            self.began_to_join[node.node_id] = time.monotonic()
            node.start(*(["--join", via.cluster_address] if via is not node else []))
        if self.machines.paused[node.node_id]:
            self.machines.pause_again(node)

    def step_in(self, node: Node, status: dict) -> None:
        is_member = node.node_id in status["peer_addrs"]
        if is_member and node.node_id not in status["learners"]:
            self.put(node, IN)
        elif not is_member and time.monotonic() - self.began_to_join.get(node.node_id, 0) > JOIN_SECONDS:
            self.machines.kill(node)

    def step_out(self, node: Node, leader: Node, status: dict) -> None:
        request = self.requests.get(node.node_id)
        if request is None:
            self.ask(node, leader)
        elif not request.thread.is_alive() and self.is_removed(node, request, status):
            del self.requests[node.node_id]
            self.machines.kill(node)
            node.wipe()
            self.put(node, JOINING if self.states[node.node_id] == WIPED else OUT)

    def is_removed(self, node: Node, request: Request, status: dict) -> bool:
        """An answer may be lost; then the next one says that there is no such member, maybe before that is committed."""
        if request.answer is not None and request.answer.status == 200:
            return True
        if request.removed_at and request.removed_at[0] == status["term"] and node.node_id not in status["peer_addrs"]:
            return status["commit_index"] >= request.removed_at[1]
        if request.answer is not None and node.node_id not in status["peer_addrs"]:
            request.removed_at = status["term"], status["log_length"]
        else:
            del self.requests[node.node_id]
        return False

    def ask(self, node: Node, leader: Node) -> None:
        request = self.requests[node.node_id] = Request()

        def removal() -> None:
            try:
                request.answer = leader.administer("/raft/leave", {"node_id": node.node_id}, ASK_SECONDS)
            except (NotSent, NoAnswer):
                request.answer = None

        request.thread = threading.Thread(target=removal, daemon=True)
        request.thread.start()

