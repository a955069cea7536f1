"""Changes as a node tells them: `GET /v1/watch`, server-sent events."""

import http.client
import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from .ports import LOOPBACK


class WatchEnded(Exception):
    """The node, the connection or time gave out: go on at another node."""


@dataclass(frozen=True)
class Event:
    id: str
    kind: str
    """put or delete"""
    key: str
    value: bytes | None

    @property
    def position(self) -> tuple[int, int]:
        """Revision, and number within it: rises from event to event."""
        revision, number = self.id.split(".")
        return int(revision), int(number)


class Watch:
    """One stream from one node."""

    def __init__(
        self, port: int, prefix: str, from_revision: int | None = None, last_event_id: str | None = None, timeout: float = 30.0,
        host: str = LOOPBACK,
    ):
        """Raises WatchEnded; AssertionError when the node refuses for good."""
        path = f"/v1/watch?prefix={quote(prefix, safe='')}"
        if from_revision is not None:
            path += f"&from_revision={from_revision}"
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        self.last_id = last_event_id
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout)
        try:
            self._connection.request("GET", path, headers=headers)
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise WatchEnded(f"port {port}: {error!r}") from None
        if self._response.status == 503:
            raise WatchEnded(f"port {port}: 503")
        if self._response.status != 200:
            raise AssertionError(f"port {port} answers a watch with {self._response.status}: {self._response.read()!r}")

    def close(self) -> None:
        self._connection.close()

    def events(self) -> Iterator[Event]:
        """Puts and deletes; `last_id` follows, and progress moves it on. Raises WatchEnded."""
        name, event_id, data = "", None, ""
        while True:
            line = self._line()
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "id":
                event_id = value
            elif field == "data":
                data += value
            elif line == "":
                if name == "error":
                    raise WatchEnded(data)
                self.last_id = event_id or self.last_id
                if name in ("put", "delete"):
                    yield _event(event_id, name, json.loads(data))
                name, event_id, data = "", None, ""

    def _line(self) -> str:
        try:
            line = self._response.readline()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise WatchEnded(repr(error)) from None
        if not line.endswith(b"\n"):
            raise WatchEnded("the node closed the connection")
        return line.decode().rstrip("\r\n")


def _event(event_id: str, name: str, document: dict) -> Event:
    value = document.get("value")
    if value is not None:
        return Event(event_id, name, document["key"], value.encode())
    encoded = document.get("value_base64")
    return Event(event_id, name, document["key"], None if encoded is None else b64decode(encoded))


def history(port: int, prefix: str, from_revision: int, last_key: str) -> list[Event]:
    """All events from a revision on, up to the first one of `last_key`."""
    watch = Watch(port, prefix, from_revision)
    found = []
    for event in watch.events():
        found.append(event)
        if event.key == last_key:
            watch.close()
            return found
    raise AssertionError("a watch ends with an exception only")
