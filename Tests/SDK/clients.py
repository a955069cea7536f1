"""How the tests reach a cluster, and what they ask of it again and again."""

import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from anyio import BrokenResourceError
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.shared.exceptions import MCPError

TOOLS = [
    "list_sessions", "list_session_snapshots", "append_session_entry", "fork_session", "get_heap_tags", "set_heap_tags",
    "merge_heap_tags", "delete_heap_tags", "query_heaps_by_tags",
]
READ_SECONDS = 20
EVENT_SECONDS = 10


@dataclass(frozen=True)
class World:
    """The client ports of three nodes each."""

    http: list[int]
    sse: list[int]
    raftd: str
    """The program, for tests that start one of their own."""


@dataclass(frozen=True)
class Door:
    """A transport and a mode of the SDK's client. `open` makes a client of the node of this number."""

    name: str
    revision: str
    open: Callable[[World, int], AbstractAsyncContextManager[Client]]


def streamable(mode: str, port: int, **more: object) -> Client:
    # Without a cache: what one node was told is asked of another.
    return Client(f"http://127.0.0.1:{port}/mcp", mode=mode, cache=None, read_timeout_seconds=READ_SECONDS, **more)


@asynccontextmanager
async def over_sse(mode: str, port: int, **more: object) -> AsyncIterator[Client]:
    """The SDK's client fails when a notification comes while it closes: nothing that a test is about."""
    transport = sse_client(f"http://127.0.0.1:{port}/sse")
    try:
        async with Client(transport, mode=mode, cache=None, read_timeout_seconds=READ_SECONDS, **more) as client:
            yield client
    except* BrokenResourceError:
        pass


def over_stdio(mode: str, raftd: str, *flags: str, **more: object) -> Client:
    # A directory that exists is taken; what is left of it goes with the system's temporary files.
    server = StdioServerParameters(command=raftd, args=["--session-db-path", tempfile.mkdtemp(prefix="raftd-stdio-"), *flags])
    return Client(server, mode=mode, cache=None, read_timeout_seconds=READ_SECONDS, **more)


DOORS = [
    Door("auto", "2026-07-28", lambda world, node: streamable("auto", world.http[node])),
    Door("pinned", "2026-07-28", lambda world, node: streamable("2026-07-28", world.http[node])),
    Door("legacy", "2025-11-25", lambda world, node: streamable("legacy", world.http[node])),
    Door("sse", "2025-11-25", lambda world, node: over_sse("legacy", world.sse[node])),
    Door("sse auto", "2026-07-28", lambda world, node: over_sse("auto", world.sse[node])),
    Door("stdio", "2025-11-25", lambda world, node: over_stdio("legacy", world.raftd)),
    Door("stdio auto", "2026-07-28", lambda world, node: over_stdio("auto", world.raftd)),
    Door("stdio pinned", "2026-07-28", lambda world, node: over_stdio("2026-07-28", world.raftd)),
]


def connect(world: World, node: int) -> Client:
    """For tests to which it does not matter how."""
    return streamable("auto", world.http[node])


def fresh(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:12]}"


async def call(client: Client, tool: str, **arguments: object) -> dict:
    """The structured result, which the SDK has held against the tool's schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def failure(client: Client, tool: str, **arguments: object) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result
    return result.content[0].text


async def error(request: object) -> object:
    """The JSON-RPC error that a request ends with."""
    try:
        raise AssertionError(f"taken: {await request}")
    except MCPError as found:
        return found.error
