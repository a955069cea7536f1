"""What clients that others wrote see of a cluster. Each test gets the client ports of its nodes, and names of its own."""

import asyncio
import inspect
import json
import re
import sys
import traceback
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import fastmcp
import jsonschema
from mcp import Client
from mcp.shared.exceptions import MCPError

README = Path(__file__).resolve().parents[2] / "README.md"
MODES = ["auto", "2026-07-28"]
TOOLS = [
    "list_sessions", "list_session_snapshots", "append_session_entry", "fork_session", "get_heap_tags", "set_heap_tags",
    "merge_heap_tags", "delete_heap_tags", "query_heaps_by_tags",
]
TEST_SECONDS = 60
EVENT_SECONDS = 10


def connect(port: int, mode: str = "auto") -> Client:
    # Without a cache: what one node was told is asked of another.
    return Client(f"http://127.0.0.1:{port}/mcp", mode=mode, cache=None, read_timeout_seconds=20)


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


# Tools


async def test_every_tool_does_what_it_says(ports: list[int]) -> None:
    for mode in MODES:
        async with connect(ports[0], mode) as client:
            assert client.session.protocol_version == "2026-07-28"
            session, copy, heap = fresh("session"), fresh("copy"), fresh("heap")
            first = await call(client, "append_session_entry", session=session, code="x = 1", output_heap=heap)
            assert first["index"] == 0
            second = await call(
                client, "append_session_entry", session=session, code="é\n", input_heap=heap, output_heap="h2",
                output_fs="fs", expected_head=heap)
            assert (second["index"], second["revision"] > first["revision"]) == (1, True)
            entries = (await call(client, "list_session_snapshots", session=session))["entries"]
            assert [entry["code"] for entry in entries] == ["x = 1", "é\n"]
            assert entries[1] | {"timestamp": ""} == {
                "index": 1, "input_heap": heap, "output_heap": "h2", "output_fs": "fs", "code": "é\n", "timestamp": ""}
            assert await call(client, "fork_session", **{"from": session, "to": copy}) == {"outcome": "forked"}
            assert await call(client, "fork_session", **{"from": session, "to": copy}) == {"outcome": "target_exists"}
            assert await call(client, "set_heap_tags", heap=heap, tags={"a": "1", "b": "2"}) == {"ok": True}
            merged = await call(client, "merge_heap_tags", heap=heap, tags={"a": None, "c": heap})
            assert merged == {"tags": {"b": "2", "c": heap}}
            assert await call(client, "get_heap_tags", heap=heap) == merged
            found = await call(client, "query_heaps_by_tags", tags={"c": heap, "b": "2"})
            assert found == {"results": [{"heap": heap} | merged]}
            assert await call(client, "delete_heap_tags", heap=heap, keys="b") == {"ok": True}
            assert await call(client, "get_heap_tags", heap=heap) == {"tags": {"c": heap}}
            assert await call(client, "delete_heap_tags", heap=heap) == {"ok": True}
            assert await call(client, "get_heap_tags", heap=heap) == {"tags": {}}


async def test_tools_are_described(ports: list[int]) -> None:
    async with connect(ports[1]) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == TOOLS
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
            assert tool.title and tool.description and tool.annotations.open_world_hint is False
        assert client.server_info.name == "raftd" and (await client.list_prompts()).prompts == []
        reading = {tool.name for tool in tools if tool.annotations.read_only_hint}
        assert reading == {"list_sessions", "list_session_snapshots", "get_heap_tags", "query_heaps_by_tags"}


async def test_failures_tell_what_to_do(ports: list[int]) -> None:
    async with connect(ports[0]) as client:
        session = fresh("session")
        assert "X-MCP-Session-Id" in await failure(client, "append_session_entry", code="", output_heap="h")
        assert "`output_heap` is missing" in await failure(client, "append_session_entry", session=session, code="")
        assert "the session is empty" in await failure(
            client, "append_session_entry", session=session, code="", output_heap="h", expected_head="other")
        assert "`limit`" in await failure(client, "list_sessions", limit=0)
        for broken in [client.call_tool("nope", {}), client.list_tools(cursor="nope"), client.get_prompt("nope")]:
            try:
                raise AssertionError(f"taken: {await broken}")
            except MCPError:
                pass


async def test_a_write_on_one_node_is_read_on_every_other(ports: list[int]) -> None:
    async with connect(ports[0]) as one, connect(ports[1]) as two, connect(ports[2]) as three:
        session = fresh("session")
        for index in range(30):
            writer, reader = [(one, two), (two, three), (three, one)][index % 3]
            assert (await call(writer, "append_session_entry", session=session, code=str(index), output_heap="h"))["index"] == index
            page = await call(reader, "list_session_snapshots", session=session, fields="code", limit=1000)
            assert [entry["code"] for entry in page["entries"]] == [str(number) for number in range(index + 1)]


async def test_a_retry_on_another_node_happens_once(ports: list[int]) -> None:
    async with connect(ports[0]) as one, connect(ports[1]) as two:
        arguments = {"session": fresh("session"), "code": "1", "output_heap": "h", "idempotency_key": fresh("key")}
        first = await call(one, "append_session_entry", **arguments)
        assert await call(two, "append_session_entry", **arguments) == first
        assert "another call" in await failure(two, "append_session_entry", **(arguments | {"code": "2"}))


async def test_pages_lead_to_the_end(ports: list[int]) -> None:
    async with connect(ports[2]) as client:
        session, tag = fresh("session"), fresh("tag")
        for number in range(25):
            await call(client, "append_session_entry", session=session, code=str(number), output_heap="h")
            await call(client, "set_heap_tags", heap=f"{tag}-{number:02}", tags={"of": tag})
        codes, cursor = [], None
        while cursor or not codes:
            more = {"cursor": cursor} if cursor else {}
            page = await call(client, "list_session_snapshots", session=session, fields="code", limit=10, **more)
            codes += [entry["code"] for entry in page["entries"]]
            cursor = page.get("next_cursor")
        assert codes == [str(number) for number in range(25)]
        heaps, cursor = [], None
        while cursor or not heaps:
            more = {"cursor": cursor} if cursor else {}
            page = await call(client, "query_heaps_by_tags", tags={"of": tag}, limit=10, **more)
            heaps += [result["heap"] for result in page["results"]]
            cursor = page.get("next_cursor")
        assert heaps == [f"{tag}-{number:02}" for number in range(25)]


# Resources


async def test_resources_are_listed_and_read(ports: list[int]) -> None:
    async with connect(ports[0]) as client:
        session, heap = "ä/b " + fresh("session"), fresh("heap")
        await call(client, "append_session_entry", session=session, code="1", output_heap=heap)
        await call(client, "set_heap_tags", heap=heap, tags={"k": "v"})
        names, cursor = {}, None
        while cursor or not names:
            page = await client.list_resources(cursor=cursor)
            names |= {resource.name: resource.uri for resource in page.resources}
            cursor = page.next_cursor
        assert names[session].startswith("session:///%C3%A4%2Fb%20") and names[heap] == f"heap:///{heap}"
        assert '"code":"1"' in (await client.read_resource(names[session])).contents[0].text
        assert (await client.read_resource(names[heap])).contents[0].text == '{"tags":{"k":"v"}}'
        assert len((await client.list_resource_templates()).resource_templates) == 2
        try:
            raise AssertionError(await client.read_resource("session:///" + fresh("none")))
        except MCPError as error:
            assert error.error.data["uri"].startswith("session:///none")


async def test_changes_on_one_node_are_told_on_another(ports: list[int]) -> None:
    async with connect(ports[0]) as writer, connect(ports[1]) as listener:
        session, other = fresh("session"), fresh("session")
        async with listener.listen(resource_subscriptions=[f"session:///{session}"], resources_list_changed=True) as stream:
            await call(writer, "append_session_entry", session=other, code="", output_heap="h")
            await call(writer, "append_session_entry", session=session, code="", output_heap="h")
            seen = set()
            async with asyncio.timeout(EVENT_SECONDS):
                async for event in stream:
                    seen.add(type(event).__name__)
                    assert getattr(event, "uri", f"session:///{session}") == f"session:///{session}"
                    if seen == {"ResourceUpdated", "ResourcesListChanged"}:
                        break


# Races


async def test_fifty_appenders_get_dense_and_distinct_indexes(ports: list[int]) -> None:
    session = fresh("session")

    async def appender(number: int) -> list[int]:
        async with connect(ports[number % len(ports)]) as client:
            return [
                (await call(client, "append_session_entry", session=session, code=f"{number}.{turn}", output_heap="h"))["index"]
                for turn in range(10)
            ]

    indexes = await asyncio.gather(*[appender(number) for number in range(50)])
    assert sorted(index for own in indexes for index in own) == list(range(500))
    assert all(own == sorted(own) for own in indexes)
    async with connect(ports[0]) as client:
        page = await call(client, "list_session_snapshots", session=session, limit=1000)
        assert [entry["index"] for entry in page["entries"]] == list(range(500))
        for number, own in enumerate(indexes):
            assert [page["entries"][index]["code"] for index in own] == [f"{number}.{turn}" for turn in range(10)]
        times = [entry["timestamp"] for entry in page["entries"]]
        assert times == sorted(times)


async def test_twenty_mergers_lose_no_tag(ports: list[int]) -> None:
    heap = fresh("heap")

    async def merger(number: int) -> None:
        async with connect(ports[number % len(ports)]) as client:
            for turn in range(5):
                await call(client, "merge_heap_tags", heap=heap, tags={f"{number}.{turn}": "v"})

    await asyncio.gather(*[merger(number) for number in range(20)])
    async with connect(ports[1]) as client:
        tags = (await call(client, "get_heap_tags", heap=heap))["tags"]
        assert tags == {f"{number}.{turn}": "v" for number in range(20) for turn in range(5)}


async def test_of_two_that_go_on_from_one_head_one_wins(ports: list[int]) -> None:
    session = fresh("session")
    async with connect(ports[0]) as one, connect(ports[2]) as two:
        head = None
        for turn in range(50):
            results = await asyncio.gather(*[
                client.call_tool(
                    "append_session_entry",
                    {"session": session, "code": "", "output_heap": f"{name}{turn}", "expected_head": head})
                for name, client in [("one", one), ("two", two)]
            ])
            winners = [name for name, result in zip(["one", "two"], results) if not result.is_error]
            assert len(winners) == 1, (turn, winners)
            head = f"{winners[0]}{turn}"
        page = await call(one, "list_session_snapshots", session=session, limit=1000)
        assert len(page["entries"]) == 50


# Another client


async def test_fastmcp_speaks_with_it_too(ports: list[int]) -> None:
    async with fastmcp.Client(f"http://127.0.0.1:{ports[1]}/mcp") as client:
        assert [tool.name for tool in await client.list_tools()] == TOOLS
        session = fresh("session")
        result = await client.call_tool("append_session_entry", {"session": session, "code": "1", "output_heap": "h"})
        assert result.structured_content["index"] == 0
        assert f"session:///{session}" in {str(resource.uri) for resource in await client.list_resources()}
        assert '"code":"1"' in (await client.read_resource(f"session:///{session}"))[0].text
        refused = await client.call_tool("list_sessions", {"limit": 0}, raise_on_error=False)
        assert refused.is_error


async def test_the_configuration_of_the_readme_works(ports: list[int]) -> None:
    [block] = re.findall(r"```json\n(.*?)```", README.read_text(), re.DOTALL)
    configuration = json.loads(block.replace("8001", str(ports[2])))
    async with fastmcp.Client(configuration) as client:
        assert len(await client.list_tools()) == len(TOOLS)


Test = Callable[[list[int]], Awaitable[None]]


def tests(only: list[str] | None) -> list[tuple[str, Test]]:
    found = [(name, test) for name, test in inspect.getmembers(sys.modules[__name__], inspect.iscoroutinefunction)
             if name.startswith("test_")]
    for name in set(only or []) - {name for name, _ in found}:
        sys.exit(f"mcp-sdk: there is no test {name}")
    return [(name, test) for name, test in found if only is None or name in only]


async def bounded(test: Test, ports: list[int]) -> None:
    async with asyncio.timeout(TEST_SECONDS):
        await test(ports)


def run(ports: list[int], only: list[str] | None) -> int:
    """How many tests failed; tells of each."""
    failures = 0
    for name, test in tests(only):
        try:
            asyncio.run(bounded(test, ports))
            print(f"passed  {name}", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    return failures
