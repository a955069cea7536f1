"""The other end of load.py."""

import json
import subprocess
import sys
from pathlib import Path
from select import select

from testbed.cluster import Cluster
from testbed.node import NodeFailure

CLIENTS = 40
FINISH_SECONDS = 90.0


class ClientsProcess:
    def __init__(self, cluster: Cluster, histories: Path, rate: float, seed: str, log: Path):
        places = [(node.node_id, node.site.host, node.client_port) for node in cluster.nodes]
        document = {"places": places, "folder": str(histories), "clients": CLIENTS, "rate": rate, "seed": seed}
        program = Path(__file__).with_name("load.py")
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-B", str(program), json.dumps(document)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, process_group=0)
        self.log = log

    def __enter__(self) -> "ClientsProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def begin(self, epoch: int) -> None:
        self._say({"epoch": epoch})

    def finish(self) -> dict:
        """What came of the epoch."""
        return self._say({"finish": True})

    def check(self) -> None:
        """Raises NodeFailure if a client was told what no node may say."""
        if select([self.process.stdout], [], [], 0)[0]:
            self._hear()

    def _say(self, order: dict) -> dict:
        self.check()
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        if not select([self.process.stdout], [], [], FINISH_SECONDS)[0]:
            raise NodeFailure(f"the clients do not obey {order} within {FINISH_SECONDS:.0f} s")
        return self._hear()

    def _hear(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise NodeFailure(f"the clients' process ended; see {self.log}")
        document = json.loads(line)
        if "violation" in document:
            raise NodeFailure(document["violation"])
        return document
