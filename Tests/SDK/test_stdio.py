"""stdio: one client, one process, the same tools."""

import asyncio
import json
import tempfile

from clients import EVENT_SECONDS, World, call, error, fresh, over_stdio

INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}


async def test_calls_without_a_session_go_to_the_log_of_the_process(world: World) -> None:
    name = "é " + fresh("log")
    for mode in ["legacy", "auto", "2026-07-28"]:
        async with over_stdio(mode, world.raftd, "--session-id", name) as client:
            for index in range(3):
                assert (await call(client, "append_session_entry", code=str(index), output_heap="h"))["index"] == index
            assert len((await call(client, "list_session_snapshots", session=name))["entries"]) == 3
    async with over_stdio("legacy", world.raftd) as client:
        assert (await call(client, "append_session_entry", code="own", output_heap="h"))["index"] == 0
        assert len((await call(client, "list_sessions"))["sessions"]) == 1


async def test_what_was_acknowledged_is_there_after_the_process(world: World) -> None:
    folder = tempfile.mkdtemp(prefix="raftd-stdio-")
    for count in range(3):
        async with over_stdio("auto", world.raftd, "--session-db-path", folder) as client:
            assert len((await call(client, "list_session_snapshots", session="s"))["entries"]) == count
            assert (await call(client, "append_session_entry", session="s", code="", output_heap="h"))["index"] == count


async def test_changes_are_told(world: World) -> None:
    heard: asyncio.Queue = asyncio.Queue()

    async def handler(message: object) -> None:
        heard.put_nowait(message)

    async with over_stdio("legacy", world.raftd, message_handler=handler) as client:
        await client.session.subscribe_resource("heap:///h")
        await call(client, "set_heap_tags", heap="h", tags={"a": "b"})
        async with asyncio.timeout(EVENT_SECONDS):
            while "updated" not in str(await heard.get()):
                pass
    async with over_stdio("auto", world.raftd) as client:
        async with client.listen(resource_subscriptions=["heap:///h"]) as stream:
            await call(client, "set_heap_tags", heap="h", tags={"a": "b"})
            async with asyncio.timeout(EVENT_SECONDS):
                async for event in stream:
                    assert event.uri == "heap:///h"
                    break
        absent = await error(client.read_resource("heap:///none"))
        assert absent.code == -32602


async def test_the_end_of_input_is_a_clean_end(world: World) -> None:
    folder = tempfile.mkdtemp(prefix="raftd-stdio-")
    process = await asyncio.create_subprocess_exec(
        world.raftd, "--session-db-path", folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL)
    requests = [INITIALIZE] + [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {
            "name": "append_session_entry", "arguments": {"session": "s", "code": "x" * 1000, "output_heap": "h"}}}
        for number in range(1, 201)]
    process.stdin.write("".join(json.dumps(request) + "\n" for request in requests).encode())
    process.stdin.write_eof()
    async with asyncio.timeout(30):
        output = await process.stdout.read()
        assert await process.wait() == 0
    messages = [json.loads(line) for line in output.splitlines()]
    assert sorted(message["id"] for message in messages if "id" in message) == list(range(201)), "not every answer was written"
    assert all(message["jsonrpc"] == "2.0" for message in messages), "stdout has messages and nothing else"
