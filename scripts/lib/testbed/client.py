"""HTTP to one node, with the three outcomes that matter: an answer, certainly not done, or unknown."""

import http.client
import json
from dataclasses import dataclass

from .ports import LOOPBACK


class NotSent(Exception):
    """No connection: the node has not seen the request."""


class NoAnswer(Exception):
    """The connection ended or time ran out after the request may have left: a write may have happened."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    revision: int | None
    """Of the ETag, if there is one."""

    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of an error, else the status."""
        try:
            return self.json()["code"]
        except (ValueError, KeyError, TypeError):
            return str(self.status)


class Client:
    """One connection to one port, kept alive and opened again when needed."""

    def __init__(self, port: int, timeout: float = 5.0, host: str = LOOPBACK):
        self.port = port
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def put(self, path: str, value: bytes, headers: dict[str, str] | None = None) -> Answer:
        return self.request("PUT", path, value, headers)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Raises NotSent or NoAnswer."""
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError as error:
                self.close()
                raise NotSent(f"port {self.port}: {error}") from None
        try:
            self._connection.request(method, path, body, headers or {})
            response = self._connection.getresponse()
            return Answer(response.status, response.read(), _revision(response.getheader("ETag")))
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(f"port {self.port}: {error!r}") from None


def _revision(tag: str | None) -> int | None:
    return None if tag is None else int(tag.strip('"'))


def ask(port: int, path: str, timeout: float = 2.0, host: str = LOOPBACK) -> Answer | None:
    """One question on a connection of its own; None when the node does not answer."""
    try:
        with Client(port, timeout, host) as client:
            return client.get(path)
    except (NotSent, NoAnswer):
        return None
