"""One epoch: faults on time, then calm, in which all must come together again."""

import heapq
import time
from itertools import count

from testbed.node import NodeFailure
from testbed.terms import doubled_terms

from .availability import Availability
from .clients_process import ClientsProcess
from .comparison import compare_contents, compare_hashes
from .faults import Faults
from .links import Links
from .machines import Machines
from .roster import IN, Roster
from .schedule import EPOCH_SECONDS, Fault
from .state import State

STEP_SECONDS = 0.2
CALM_SECONDS = 60.0
# A change of members that has to wait for another.
RETRY_SECONDS = 0.5


class Epoch:
    def __init__(
        self, number: int, schedule: list[Fault], state: State, machines: Machines, roster: Roster, links: Links,
        clients: ClientsProcess, faults: Faults, availability: Availability,
    ):
        self.number = number
        self.schedule = schedule
        self.state = state
        self.machines = machines
        self.roster = roster
        self.links = links
        self.clients = clients
        self.faults = faults
        self.availability = availability

    def run(self) -> dict:
        """What the clients say of it. Raises NodeFailure for whatever must not be."""
        self.clients.begin(self.number)
        began = time.monotonic()
        order = count()
        events = [(began + fault.at, next(order), fault, None) for fault in self.schedule]
        heapq.heapify(events)
        while events and events[0][0] < began + EPOCH_SECONDS:
            self.wait_until(events[0][0])
            _, _, fault, end = heapq.heappop(events)
            if end is not None:
                end()
            else:
                words, end = self.faults.begin(fault)
                if words is None:
                    heapq.heappush(events, (time.monotonic() + RETRY_SECONDS, next(order), fault, None))
                    continue
                self.tell(fault, words)
                if end is not None:
                    heapq.heappush(events, (time.monotonic() + fault.seconds, next(order), fault, end))
        for _, _, fault, end in sorted(events):
            if end is not None:
                end()
            else:
                self.state.left_out[fault.kind] = self.state.left_out.get(fault.kind, 0) + 1
        self.calm()
        finished = self.clients.finish()
        self.compare()
        return finished

    def tell(self, fault: Fault, words: str) -> None:
        self.state.faults[fault.kind] = self.state.faults.get(fault.kind, 0) + 1
        print(f"  {fault}: {words}", flush=True)

    def wait_until(self, moment: float) -> None:
        """Takes care of everything meanwhile."""
        while True:
            self.step()
            left = moment - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, STEP_SECONDS))

    def step(self) -> None:
        self.machines.check()
        self.clients.check()
        self.roster.step()
        self.links.set_down(self.machines.down)
        self.availability.look(self.machines, self.roster, self.links)

    def calm(self) -> None:
        """Until all members are in, and ready."""
        deadline = time.monotonic() + CALM_SECONDS
        while True:
            self.step()
            if self.is_calm():
                return
            if time.monotonic() > deadline:
                raise NodeFailure(f"not calm {CALM_SECONDS:.0f} s after the last fault: {self.troubles()}")
            time.sleep(STEP_SECONDS)

    def is_calm(self) -> bool:
        found = self.machines.leader()
        members = self.roster.nodes(IN)
        return (
            self.roster.is_settled and found is not None and set(found[1]["peer_addrs"]) == set(self.roster.ids(IN))
            and not found[1]["learners"] and all(node.is_running and node.is_ready for node in members))

    def troubles(self) -> str:
        found = self.machines.leader()
        not_ready = [node.node_id for node in self.roster.nodes(IN) if not (node.is_running and node.is_ready)]
        leader = "none" if found is None else f"{found[0].node_id} with {sorted(found[1]['peer_addrs'])}"
        return f"the leader is {leader}, wanted are {self.roster.states}, not ready: {not_ready or 'none'}"

    def compare(self) -> None:
        """Every node holds the same, key by key and by the hash of its state, and no term had two leaders."""
        nodes = self.roster.nodes(IN)
        self.machines.cluster.wait_caught_up(nodes)
        compare_hashes([node.status() for node in nodes])
        compare_contents(nodes)
        if doubled := doubled_terms([node.log for node in self.machines.cluster.nodes]):
            raise NodeFailure("; ".join(doubled))
