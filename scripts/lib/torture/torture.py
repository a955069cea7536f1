"""The run: puts everything up, goes through the epochs, takes everything down."""

import time
from contextlib import ExitStack
from pathlib import Path

from full_disk.small_disk import SmallDisk
from testbed.cluster import Cluster
from testbed.node import NodeFailure
from testbed.programs import Programs
from testbed.terms import elections

from . import summary
from .availability import Availability
from .clients_process import ClientsProcess
from .comparison import wait_for_hashes
from .epoch import Epoch
from .faults import FOUNDERS, Faults
from .judge import Judge
from .links import Links
from .machines import Machines
from .network import network
from .roster import IN, Roster
from .schedule import Fault, epochs
from .seclusion import has_disks, has_network
from .state import State

NODES = 7
# Seven nodes share the machine with their clients; small segments and frequent snapshots, so that whoever was away gets one.
FLAGS = [
    "--heartbeat-interval", "100", "--election-timeout-min", "600", "--election-timeout-max", "1000",
    "--segment-size", "128KiB", "--max-value-size", "4KiB", "--snapshot-entries", "500",
]
# Twice the history of the events, and what is made ahead.
DISK_MEBIBYTES = 320


class Torture:
    def __init__(self, programs: Programs, state: State, path: Path, rate: float):
        self.programs = programs
        self.state = state
        self.path = path
        self.rate = rate
        self.data = Path(state.data)
        self.histories = self.data / "histories"
        self.histories.mkdir(parents=True, exist_ok=True)
        self.kinds = Faults.kinds(has_network(), has_disks())
        self.schedule = epochs(state.seed, state.minutes, self.kinds)
        self.availability = Availability()
        self.began = time.monotonic() - state.seconds
        self.judge = Judge(programs.raftsim)
        for history in state.unchecked:
            self.judge.submit(Path(history))

    def run(self) -> None:
        """Raises NodeFailure for a violation."""
        (self.data / "schedule.txt").write_text(_text(self.schedule))
        try:
            with ExitStack() as stack:
                self.set_up(stack)
                try:
                    self.go_through()
                    self.index, self.hash = wait_for_hashes(self.cluster, self.roster.nodes(IN))
                except NodeFailure:
                    self.machines.keep_files()
                    raise
            self.judge.finish()
            self.take_verdicts()
        finally:
            self.judge.abandon()
            self.state.save(self.path)

    def set_up(self, stack: ExitStack) -> None:
        ids = list(self.state.roster)
        lines = stack.enter_context(network(ids, has_network(), self.state.proxy_ports))
        disks = {node_id: self.disk(node_id) for node_id in ids} if has_disks() else {}
        for disk in disks.values():
            stack.enter_context(disk)
        self.cluster = stack.enter_context(Cluster(
            self.programs, self.data, self.state.cluster_ports, self.state.client_ports, FLAGS, founders=FOUNDERS,
            sites=lines.sites(), folders=[disk.path for disk in disks.values()] or None))
        self.links = stack.enter_context(Links(self.cluster, lines, self.data / "proxy.log"))
        self.machines = Machines(self.cluster, disks)
        self.roster = Roster(self.machines, self.state.roster, self.save)
        self.faults = Faults(self.machines, self.roster, self.links, has_network())
        self.cluster.start(self.roster.nodes(IN))
        self.clients = stack.enter_context(ClientsProcess(
            self.cluster, self.histories, self.rate, f"{self.state.seed}/{self.state.epochs_begun}", self.data / "clients.log"))

    def disk(self, node_id: str) -> SmallDisk:
        return SmallDisk(self.data / "disks" / node_id, DISK_MEBIBYTES, self.data / f"{node_id}.img")

    def go_through(self) -> None:
        while self.state.epochs_done < len(self.schedule):
            schedule = self.schedule[self.state.epochs_done]
            self.state.epochs_begun += 1
            self.save()
            print(f"epoch {self.state.epochs_done + 1} of {len(self.schedule)}", flush=True)
            finished = Epoch(
                self.state.epochs_begun, schedule, self.state, self.machines, self.roster, self.links, self.clients, self.faults,
                self.availability,
            ).run()
            self.state.epochs_done += 1
            self.take(finished)
            self.take_verdicts()
            print(self.figures(), flush=True)

    def take(self, finished: dict) -> None:
        gap, gap_of_all = self.availability.longest_gap(finished["gaps"])
        self.state.longest_gap = max(self.state.longest_gap, gap)
        self.state.longest_gap_of_all = max(self.state.longest_gap_of_all, gap_of_all)
        self.state.count(finished)
        self.state.unchecked.append(finished["path"])
        self.save()
        self.judge.submit(Path(finished["path"]))

    def take_verdicts(self) -> None:
        for violation in self.judge.violations:
            raise NodeFailure(violation)
        taken = self.judge.take()
        self.state.checked += taken.clean
        self.state.unchecked = self.state.unchecked[taken.clean:]
        self.state.checker_seconds += taken.seconds
        self.state.longest_check = max(self.state.longest_check, taken.longest)

    def save(self) -> None:
        self.state.seconds = time.monotonic() - self.began
        self.state.save(self.path)

    def figures(self) -> str:
        return summary.figures(self.state, len(elections([node.log for node in self.cluster.nodes])))


def _text(schedule: list[list[Fault]]) -> str:
    lines = []
    for number, epoch in enumerate(schedule, 1):
        lines += [f"epoch {number}", *(f"  {fault}" for fault in epoch)]
    return "\n".join(lines) + "\n"
