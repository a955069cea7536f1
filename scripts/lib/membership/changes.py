"""Random changes of a cluster, and what has become of them."""

import random
import threading
import time

from testbed.client import Client, NoAnswer, NotSent
from testbed.cluster import Cluster
from testbed.members import Members, members
from testbed.node import Node, NodeFailure

from .state import State

SETTLE_SECONDS = 60.0


class Changes:
    """One change at a time, or two that cross each other. Which nodes run is in `state.started`."""

    WEIGHTS = {"join": 4, "leave": 3, "transfer": 3, "kill": 4, "kill all": 1, "change and kill": 4, "two changes": 2}

    def __init__(self, cluster: Cluster, state: State):
        self.cluster = cluster
        self.state = state
        self.by_id = {node.node_id: node for node in cluster.nodes}
        self.asked: dict[str, str] = {}
        """Whom each node was told to ask when it was started last."""

    @property
    def started(self) -> list[Node]:
        return [self.by_id[node_id] for node_id in self.state.started]

    def start_all(self) -> None:
        """Founds the cluster on the first node alone, or goes on with what a former run left."""
        if not self.state.started:
            self.state.started = [self.cluster.nodes[0].node_id]
        for node in self.started:
            self.start(node)
        self.members()
        self.retire_removed()

    def start(self, node: Node) -> None:
        """A node that is not a member yet must be told again whom to ask; one that is takes no notice."""
        others = [other for other in self.state.joined if other != node.node_id]
        more = ["--join", self.by_id[others[0]].cluster_address] if others else []
        self.asked[node.node_id] = others[0] if others else ""
        if others and node.node_id in self.state.learners:
            more.append("--join-as-learner")
        node.start(*more)

    def members(self) -> Members:
        """As the leader has them, once there is one."""
        return self.cluster.wait_for("a leader", lambda: members(self.cluster), SETTLE_SECONDS)

    def step(self) -> str:
        """One random change, made and settled; its kind."""
        dice = random.Random(f"{self.state.seed}/{self.state.changes}")
        kinds = list(self.WEIGHTS)
        kind = dice.choices(kinds, [self.WEIGHTS[kind] for kind in kinds])[0]
        now = self.members()
        if kind in ("join", "leave", "change and kill", "two changes"):
            self.change_members(dice, now, kind)
        elif kind == "transfer":
            self.transfer(dice, now)
        else:
            count = len(self.state.started) if kind == "kill all" else 1
            self.kill(dice, dice.sample(self.started, count))
        self.settle(dice)
        self.state.changes += 1
        self.state.count(kind)
        return kind

    # Changes

    def change_members(self, dice: random.Random, now: Members, kind: str) -> None:
        requests = [self.random_request(dice, now, kind) for _ in range(2 if kind == "two changes" else 1)]
        threads = [threading.Thread(target=request) for request in requests if request is not None]
        for thread in threads:
            thread.start()
        if kind == "change and kill":
            time.sleep(dice.uniform(0, 0.05))
            self.kill(dice, [now.leader] if dice.random() < 0.7 else [dice.choice(self.started)])
        for thread in threads:
            thread.join()

    def random_request(self, dice: random.Random, now: Members, kind: str):
        """What asks for a join or a leave; None when neither is possible."""
        absent = [node for node in self.cluster.nodes if node.node_id not in self.state.started]
        wants_join = {"join": True, "leave": False}.get(kind, dice.random() < 0.5)
        if absent and (wants_join or len(now.ids) <= 2):
            return self.join_request(dice, dice.choice(absent))
        if len(now.ids) > 1:
            victim = dice.choice(sorted(now.ids & set(self.state.started)))
            return lambda: self.ask(dice.choice(self.started), "/raft/leave", {"node_id": victim})
        return None

    def join_request(self, dice: random.Random, node: Node):
        """Half of the nodes ask for themselves from their start on; for the others somebody else asks as well."""
        self.state.learners = [other for other in self.state.learners if other != node.node_id]
        if dice.random() < 0.2:
            self.state.learners.append(node.node_id)
        via = dice.choice(self.started)
        node.wipe()
        self.state.started.append(node.node_id)
        self.start(node)
        as_learner = node.node_id in self.state.learners
        document = {"node_id": node.node_id, "addr": node.cluster_address, "as_learner": as_learner}
        return (lambda: self.ask(via, "/raft/join", document)) if dice.random() < 0.5 else (lambda: None)

    def transfer(self, dice: random.Random, now: Members) -> None:
        self.ask(dice.choice(self.started), "/raft/transfer", {"to": dice.choice(sorted(now.voters))})

    def kill(self, dice: random.Random, victims: list[Node]) -> None:
        for node in victims:
            node.check_running()
        for node in victims:
            node.kill()
        time.sleep(dice.uniform(0, 0.5))
        for node in victims:
            self.start(node)

    def ask(self, via: Node, path: str, document: dict) -> None:
        """Whatever comes of it: the configuration tells."""
        try:
            answer = via.administer(path, document)
        except (NotSent, NoAnswer):
            self.state.count("no answer")
            return
        if answer.status not in (200, 409, 503, 504):
            raise NodeFailure(f"{via.node_id} answers {path} {document}: {answer.status} {answer.body.decode(errors='replace')}")
        self.state.count(f"answered {answer.status}")

    # Afterwards

    def settle(self, dice: random.Random) -> None:
        """Until the cluster takes writes. Nodes that are no members any more are stopped and forget everything; now and
        then the next change does not wait until those that join are voters."""
        if dice.random() < 0.7:
            self.cluster.wait_for("all that started to be members", self.are_all_in, SETTLE_SECONDS)
        else:
            self.retire_removed()
        self.check_writable()

    def are_all_in(self) -> bool:
        self.retire_removed()
        found = members(self.cluster)
        voters = set(self.state.started) - set(self.state.learners)
        return found is not None and set(self.state.started) == found.ids and voters == found.voters

    def retire_removed(self) -> None:
        """Who was a member and is none any more was removed; who never was is still joining."""
        found = members(self.cluster)
        if found is None:
            return
        for node in self.started:
            if node.node_id in found.ids and node.node_id not in self.state.joined:
                self.state.joined.append(node.node_id)
            elif node.node_id not in found.ids and node.node_id in self.state.joined:
                node.stop()
                node.wipe()
                self.state.started.remove(node.node_id)
                self.state.joined.remove(node.node_id)
        self.redirect_joiners()

    def redirect_joiners(self) -> None:
        """Who is told to ask a node that is no member any more is told another one, as an operator would."""
        for node in self.started:
            if node.node_id not in self.state.joined and self.asked[node.node_id] not in self.state.joined and self.state.joined:
                node.kill()
                self.start(node)

    def check_writable(self) -> None:
        def writes() -> bool:
            for node in self.started:
                try:
                    with Client(node.client_port, timeout=5) as client:
                        if client.put("/v1/kv/probe", str(self.state.changes).encode()).status in (200, 201):
                            return True
                except (NotSent, NoAnswer):
                    pass
            return False

        self.cluster.wait_for("the cluster to take a write", writes, SETTLE_SECONDS)
