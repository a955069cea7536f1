"""One SDK client on a connection of its own to nginx, and what HTTP said beneath it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError

ANSWER_SECONDS = 20


class Wire:
    def __init__(self) -> None:
        self.http = create_mcp_http_client()
        self.http.event_hooks = {"response": [self._seen]}
        self.status: int | None = None
        """Of the last answer since `forget`."""
        self.node: str | None = None
        """Who gave it, or was asked last."""
        self.stream_node: str | None = None
        """Who gave the last stream."""
        self.streams: list[tuple[float, str]] = []
        """When each stream began, and who gave it."""
        self.passed_over = 0
        """How many times a node that does not listen was passed over."""
        self.not_found: list[str] = []
        """Answers 404: a session that is gone."""

    def forget(self) -> None:
        self.status = self.node = None

    async def _seen(self, response: Any) -> None:
        nodes = response.headers.get("x-raftd-node", "").split(", ")
        self.passed_over += len(nodes) - 1
        if response.status_code == 404:
            self.not_found.append(f"{response.request.method} {response.request.url} was answered 404 by {nodes[-1]}")
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            self.stream_node = nodes[-1]
            self.streams.append((time.monotonic(), nodes[-1]))
        # The streams of GET come and go beside the calls.
        if response.request.method == "POST":
            self.status, self.node = response.status_code, nodes[-1]


@asynccontextmanager
async def connect(
    url: str, mode: str, wire: Wire, message_handler: Callable[[Any], Any] | None = None
) -> AsyncIterator[Client]:
    async with wire.http:
        transport = streamable_http_client(url, http_client=wire.http)
        # Without a cache: every question is asked.
        async with Client(
                transport, mode=mode, cache=None, read_timeout_seconds=ANSWER_SECONDS, message_handler=message_handler) as client:
            yield client


def is_modern(client: Client) -> bool:
    return client.session.protocol_version == "2026-07-28"


def kind_of(error: Exception, wire: Wire) -> str:
    """In a few words, as a table has it. Only for a call that may be repeated."""
    data = error.error.data if isinstance(error, MCPError) else None
    code = data.get("code") if isinstance(data, dict) else None
    if code is not None or wire.status is not None and wire.status >= 400:
        return f"HTTP {wire.status}" + (f" {code}" if code else "")
    if isinstance(error, TimeoutError) or isinstance(error, MCPError) and error.error.code == -32001:
        return "timed out"
    return "connection broken"


def leaves(error: BaseException) -> str:
    """What is inside of groups of exceptions."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(leaves(inner) for inner in error.exceptions)
    return repr(error)
