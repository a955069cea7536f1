"""Many writes at once, at the moment in which a node goes down: the clients of the SDK seldom have a call on it just then."""

import http.client
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from testbed.node import Node
from testbed.ports import LOOPBACK

from .caller import GIVE_UP_SECONDS, UNKNOWN

HEADERS = {
    "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call", "Mcp-Name": "append_session_entry",
}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
ANSWER_SECONDS = 30


@dataclass
class Shot:
    code: str
    connection: http.client.HTTPConnection
    body: bytes


@dataclass
class Volley:
    """Appends to one session log, sent in two halves before the first answer is read: around a signal. Each is repeated with its key
    until it is done."""

    port: int
    session: str
    count: int
    dice: random.Random
    failures: list[tuple[str, str]] = field(default_factory=list)
    """Kind, and whom nginx asked last."""
    _shots: list[Shot] = field(default_factory=list)

    def load(self) -> None:
        """Connects; what takes time is done before the signal."""
        # The clients' thread gives way sooner, or the first would be answered before the last is sent.
        sys.setswitchinterval(0.0005)
        for number in range(self.count):
            connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=ANSWER_SECONDS)
            connection.connect()
            code = f"{self.session}/{number}"
            arguments = {"session": self.session, "code": code, "output_heap": "h", "idempotency_key": code}
            params = {"name": "append_session_entry", "arguments": arguments, "_meta": META}
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode()
            self._shots.append(Shot(code, connection, body))

    def fire_first_half(self) -> None:
        self._fire(self._shots[:self.count // 2])
        time.sleep(self.dice.uniform(0, 0.003))

    def fire_second_half(self) -> None:
        self._fire(self._shots[self.count // 2:])

    def collect(self) -> None:
        """Reads the answers, and repeats what failed."""
        for shot in self._shots:
            deadline = time.monotonic() + GIVE_UP_SECONDS
            while (failure := self._answer(shot)) is not None:
                self.failures.append(failure)
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
                shot.connection.close()
                shot.connection.request("POST", "/mcp", shot.body, HEADERS)
            shot.connection.close()
        sys.setswitchinterval(0.005)

    def wrong_log(self, node: Node) -> list[str]:
        """Every node must hold each of them once."""
        answer = node.ask(f"/v1/sessions/{self.session}/entries?fields=code&limit={self.count + 100}", timeout=10)
        entries = answer.json()["entries"] if answer is not None and answer.status == 200 else []
        found = Counter(entry["code"] for entry in entries)
        wanted = Counter(shot.code for shot in self._shots)
        if found == wanted:
            return []
        return [f"{node.node_id} has of the {self.count} entries of {self.session} lost {wanted - found} and doubled {found - wanted}"]

    @staticmethod
    def _fire(shots: list[Shot]) -> None:
        for shot in shots:
            shot.connection.request("POST", "/mcp", shot.body, HEADERS)

    @staticmethod
    def _answer(shot: Shot) -> tuple[str, str] | None:
        try:
            response = shot.connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            return f"connection broken: {error!r}", ""
        node = (response.getheader("X-Raftd-Node") or "").split(", ")[-1]
        if response.status != 200:
            try:
                code = json.loads(body)["error"]["data"]["code"]
                return f"HTTP {response.status} {code}", node
            except (ValueError, KeyError, TypeError):
                return f"HTTP {response.status}", node
        return (UNKNOWN, node) if json.loads(body)["result"]["isError"] else None
