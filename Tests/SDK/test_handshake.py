"""Sessions of revisions with a handshake: begun on one node, used on every other, ended on any."""

import asyncio
import base64
import json
import uuid

import httpx2
from mcp.client.streamable_http import streamable_http_client
from mcp import Client

from clients import EVENT_SECONDS, READ_SECONDS, World, call, connect, failure, fresh, streamable

ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def request(method: str, params: dict | None = None, number: int = 1) -> dict:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


class Session:
    """A session by hand: its requests go to all nodes in turn."""

    def __init__(self, world: World, revision: str = "2025-11-25"):
        self.urls = [f"http://127.0.0.1:{port}/mcp" for port in world.http]
        self.revision = revision
        self.turn = 0
        self.http = httpx2.AsyncClient(headers=ACCEPT, timeout=READ_SECONDS)
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> "Session":
        answer = await self.post(request("initialize", {
            "protocolVersion": self.revision, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}))
        assert answer.status_code == 200, answer.text
        assert answer.json()["result"]["protocolVersion"] == self.revision
        self.headers = {"Mcp-Session-Id": answer.headers["mcp-session-id"], "MCP-Protocol-Version": self.revision}
        assert (await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})).status_code == 202
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def next_url(self) -> str:
        self.turn += 1
        return self.urls[self.turn % len(self.urls)]

    async def post(self, message: object, **more: str) -> httpx2.Response:
        return await self.http.post(self.next_url(), content=json.dumps(message), headers=self.headers | more)

    async def delete(self) -> httpx2.Response:
        return await self.http.delete(self.next_url(), headers=self.headers)

    def stream(self, node: int, **more: str):
        return self.http.stream("GET", self.urls[node], headers=self.headers | {"Accept": "text/event-stream"} | more)


async def events(stream: httpx2.Response, until: str) -> list[dict[str, str]]:
    """The events of a stream up to the one whose data has `until`."""
    found, event = [], {}
    async with asyncio.timeout(EVENT_SECONDS):
        async for line in stream.aiter_lines():
            if line:
                name, _, value = line.partition(":")
                event[name] = value.strip()
                continue
            found.append(event)
            if until in event.get("data", ""):
                return found
            event = {}
    raise AssertionError(f"the stream ended after {found}")


async def test_a_session_is_there_on_every_node_and_ends_on_every_node(world: World) -> None:
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]:
        async with Session(world, revision) as session:
            for turn in range(6):
                assert (await session.post(request("ping"))).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
                tools = (await session.post(request("tools/list"))).json()["result"]
                assert len(tools["tools"]) == 9 and ("outputSchema" in tools["tools"][0]) == (revision >= "2025-06-18")
            assert (await session.delete()).status_code == 200
            for _ in range(6):
                for message in [request("tools/list"), request("ping"), {"jsonrpc": "2.0", "method": "notifications/x"}]:
                    answer = await session.post(message)
                    assert (answer.status_code, answer.json()["error"]["code"]) == (404, -32600), answer.text
            assert (await session.delete()).status_code == 404
            async with session.stream(0) as stream:
                assert stream.status_code == 404


async def test_each_session_has_a_log_of_its_own_and_headers_name_others(world: World) -> None:
    async with Session(world) as one, Session(world) as two:
        def append(code: str) -> dict:
            return request("tools/call", {"name": "append_session_entry", "arguments": {"code": code, "output_heap": "h"}})

        for code in ["1", "2", "3"]:
            assert (await one.post(append(code))).json()["result"]["isError"] is False
        assert (await two.post(append("other"))).json()["result"]["structuredContent"]["index"] == 0
        named = fresh("log")
        assert (await one.post(append("named"), **{"X-MCP-Session-Id": named})).json()["result"]["isError"] is False
        own = (await one.post(request("tools/call", {"name": "list_session_snapshots"}))).json()["result"]
        assert [entry["code"] for entry in own["structuredContent"]["entries"]] == ["1", "2", "3"]
        async with connect(world, 0) as client:
            assert [entry["code"] for entry in (await call(client, "list_session_snapshots", session=named))["entries"]] == ["named"]
            names = (await call(client, "list_sessions", limit=1000))["sessions"]
            assert one.headers["Mcp-Session-Id"] not in " ".join(names)


async def test_the_log_that_a_session_began_with_is_its_log(world: World) -> None:
    log = "é " + fresh("log")
    encoded = "=?base64?w6kg" + base64.b64encode(log[2:].encode()).decode() + "?="
    session = Session(world)
    session.headers = {"X-MCP-Session-Id": encoded}
    async with session:
        answer = await session.post(request("tools/call", {
            "name": "append_session_entry", "arguments": {"code": "1", "output_heap": "h"}}))
        assert answer.json()["result"]["structuredContent"]["index"] == 0
    async with connect(world, 1) as client:
        assert len((await call(client, "list_session_snapshots", session=log))["entries"]) == 1


async def test_a_stream_goes_on_at_another_node_without_gap(world: World) -> None:
    async with Session(world) as session, connect(world, 0) as writer:
        heap = fresh("heap")
        assert (await session.post(request("resources/subscribe", {"uri": f"heap:///{heap}"}))).json()["result"] == {}
        last, seen = "", []
        for turn in range(6):
            resume = {"Last-Event-ID": last} if last else {}
            if last:
                # Nobody listens now.
                await call(writer, "set_heap_tags", heap=heap, tags={"turn": f"between {turn}"})
            async with session.stream(turn % 3, **resume) as stream:
                assert stream.status_code == 200
                if not last:
                    await call(writer, "set_heap_tags", heap=heap, tags={"turn": str(turn)})
                told = await events(stream, "resources/updated")
                assert json.loads(told[-1]["data"])["params"] == {"uri": f"heap:///{heap}"}
                seen.append(told[-1]["id"])
                last = told[-1]["id"]
        assert len(set(seen)) == 6, seen
        assert (await session.post(request("resources/unsubscribe", {"uri": f"heap:///{heap}"}))).json()["result"] == {}
        other = fresh("heap")
        assert (await session.post(request("resources/subscribe", {"uri": f"heap:///{other}"}))).json()["result"] == {}
        async with session.stream(1, **{"Last-Event-ID": last}) as stream:
            await call(writer, "set_heap_tags", heap=heap, tags={"turn": "unheard"})
            await call(writer, "set_heap_tags", heap=other, tags={"turn": "heard"})
            told = await events(stream, "resources/updated")
            assert f"heap:///{heap}" not in str(told)


async def test_the_stream_ends_with_its_session(world: World) -> None:
    async with Session(world) as session:
        async with session.stream(2) as stream:
            await session.delete()
            async with asyncio.timeout(EVENT_SECONDS):
                async for _ in stream.aiter_bytes():
                    pass


async def test_batches_only_where_the_revision_has_them(world: World) -> None:
    batch = [request("ping", number=1), {"jsonrpc": "2.0", "method": "notifications/x"}, request("nope", number=2),
             request("tools/call", {"name": "list_sessions", "arguments": {"limit": 1}}, number=3), {"not": "a message"}]
    async with Session(world, "2025-03-26") as session:
        answers = (await session.post(batch)).json()
        assert [answer["id"] for answer in answers] == [1, 2, 3, None]
        assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32601, None, -32600]
        assert (await session.post([{"jsonrpc": "2.0", "method": "notifications/x"}])).status_code == 202
        assert (await session.post([])).status_code == 400
    async with Session(world, "2025-06-18") as session:
        answer = await session.post(batch)
        assert (answer.status_code, answer.json()["error"]["code"], answer.json()["id"]) == (400, -32600, None)


async def test_what_is_wrong_is_refused_in_the_protocols_words(world: World) -> None:
    async with Session(world) as session:
        url = session.urls[0]
        for headers, status in [
            ({"Mcp-Session-Id": str(uuid.uuid4())}, 404), ({"Mcp-Session-Id": "f" * 32}, 404), ({}, 400),
            (session.headers | {"MCP-Protocol-Version": "1999-01-01"}, 400),
            (session.headers | {"Accept": "application/json"}, 406), (session.headers | {"Content-Type": "text/plain"}, 415),
        ]:
            answer = await session.http.post(url, content=json.dumps(request("tools/list", number=9)), headers=headers)
            assert answer.status_code == status, (headers, answer.text)
            assert answer.json()["error"]["message"] and answer.json()["jsonrpc"] == "2.0"
        assert (await session.http.put(url, headers=session.headers)).headers["allow"] == "GET, POST, DELETE"
        assert (await session.http.get(url, headers=session.headers | {"Accept": "text/html"})).status_code == 406
        big = await session.http.post(url, content=b" " * (9 << 20), headers=session.headers)
        assert (big.status_code, big.json()["error"]["data"]["code"]) == (413, "too_large"), big.text
        levels = [(await session.post(request("logging/setLevel", {"level": level}))).json() for level in ["info", "loud"]]
        assert levels[0]["result"] == {} and levels[1]["error"]["code"] == -32602
        missing = (await session.post(request("resources/read", {"uri": "heap:///" + fresh("none")}))).json()
        assert missing["error"]["code"] == -32002


async def test_the_sdk_hears_of_changes_in_its_session(world: World) -> None:
    heard: asyncio.Queue = asyncio.Queue()

    async def handler(message: object) -> None:
        heard.put_nowait(message)

    async with streamable("legacy", world.http[0], message_handler=handler) as client, connect(world, 1) as writer:
        heap = fresh("heap")
        await client.session.subscribe_resource(f"heap:///{heap}")
        # The SDK opens its stream in the background, so the first change may come before it.
        async with asyncio.timeout(EVENT_SECONDS):
            for turn in range(100):
                await call(writer, "set_heap_tags", heap=heap, tags={"turn": str(turn)})
                try:
                    async with asyncio.timeout(0.5):
                        while "updated" not in str(await heard.get()):
                            pass
                    break
                except TimeoutError:
                    continue
            else:
                raise AssertionError("nothing was heard")


async def test_the_sdk_goes_on_when_every_request_reaches_another_node(world: World) -> None:
    turn = 0

    async def spread(request: httpx2.Request) -> None:
        nonlocal turn
        turn += 1
        request.url = request.url.copy_with(port=world.http[turn % 3])

    async with httpx2.AsyncClient(event_hooks={"request": [spread]}, timeout=READ_SECONDS) as http:
        transport = streamable_http_client(f"http://127.0.0.1:{world.http[0]}/mcp", http_client=http)
        async with Client(transport, mode="legacy", cache=None) as client:
            for index in range(30):
                assert (await call(client, "append_session_entry", code=str(index), output_heap="h"))["index"] == index
            assert "`limit`" in await failure(client, "list_sessions", limit=0)
