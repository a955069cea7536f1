"""The nginx of deploy/nginx.conf before the nodes of a test."""

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from testbed.node import Node, NodeFailure
from testbed.ports import LOOPBACK, free_ports
from testbed.programs import REPOSITORY

CONFIGURATION = REPOSITORY / "deploy" / "nginx.conf"
START_SECONDS = 10.0
LINE = re.compile(r'"(?P<method>\S+) \S+" (?P<status>\d+) nodes="(?P<nodes>[^"]*)" statuses="[^"]*" sent="(?P<sent>[^"]*)"')


def require_nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise SystemExit("proxy: nginx is not installed: apt-get install nginx-light")
    return found


@dataclass(frozen=True)
class Passage:
    """One request that went through, as the access log has it."""

    method: str
    status: int
    nodes: list[str]
    """Whom it was offered to, in this order."""
    sent: list[str]
    """How many bytes each of them got."""

    @property
    def was_sent_twice(self) -> bool:
        return any(count not in ("0", "-") for count in self.sent[:-1])


class Nginx:
    """Started on entry to a `with`, stopped on exit; one process, with all its files in a folder of its own."""

    def __init__(self, folder: Path, nodes: list[Node]):
        self.folder = folder / "nginx"
        self.port = free_ports(1)[0]
        self._program = require_nginx()
        (self.folder / "temporary").mkdir(parents=True)
        self._file = self.folder / "nginx.conf"
        self._file.write_text(self._configuration(nodes))
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/mcp"

    def __enter__(self) -> "Nginx":
        main = f"daemon off; master_process off; pid {self.folder}/nginx.pid;"
        with open(self.folder / "stderr.log", "ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", self._program, "-p", self.folder, "-c", self._file, "-e", "stderr", "-g", main],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)
        deadline = time.monotonic() + START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NodeFailure(f"nginx does not start: {(self.folder / 'stderr.log').read_text()}")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def passages(self) -> list[Passage]:
        found = []
        for line in (self.folder / "access.log").read_text().splitlines():
            match = LINE.search(line)
            if match is not None:
                found.append(
                    Passage(match["method"], int(match["status"]), match["nodes"].split(", "), match["sent"].split(", ")))
        return found

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0

    def _configuration(self, nodes: list[Node]) -> str:
        """The file as it is shipped, but for addresses and for where files lie."""
        text = CONFIGURATION.read_text()
        upstreams = iter(f"{node.site.host}:{node.client_port}" for node in nodes)
        text, servers = re.subn(r"(?m)^( *server )[\d.]+:\d+", lambda match: match[1] + next(upstreams), text)
        text, listens = re.subn(r"(?m)^( *listen )\d+;", rf"\g<1>{LOOPBACK}:{self.port};", text)
        text, logs = re.subn(r"(?m)^( *access_log )\S+", rf"\g<1>{self.folder}/access.log", text)
        folders = "".join(
            f"\n    {kind}_temp_path {self.folder}/temporary/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text, starts = re.subn(r"(?m)^http \{", "http {" + folders, text)
        if (servers, listens, logs, starts) != (len(nodes), 1, 1, 1):
            raise SystemExit(f"proxy: {CONFIGURATION} is not what this script expects to change")
        return text
