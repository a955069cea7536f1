"""HTTP+SSE: the stream lies with one node, messages may come to any."""

import asyncio

import httpx2
from mcp import Client
from mcp.client.sse import sse_client

from clients import EVENT_SECONDS, READ_SECONDS, World, call, fresh, over_sse


async def test_messages_reach_the_stream_through_every_node(world: World) -> None:
    turn = 0

    async def spread(request: httpx2.Request) -> None:
        nonlocal turn
        if request.method == "POST":
            turn += 1
            request.url = request.url.copy_with(port=world.sse[turn % 3])

    def factory(**settings: object) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(event_hooks={"request": [spread]}, **settings)

    async with Client(
            sse_client(f"http://127.0.0.1:{world.sse[0]}/sse", httpx_client_factory=factory), mode="legacy", cache=None) as client:
        for index in range(30):
            assert (await call(client, "append_session_entry", code=str(index), output_heap="h"))["index"] == index
        assert turn > 30


async def test_changes_come_down_the_stream(world: World) -> None:
    heard: asyncio.Queue = asyncio.Queue()

    async def handler(message: object) -> None:
        heard.put_nowait(message)

    async with over_sse("legacy", world.sse[0], message_handler=handler) as client, over_sse("auto", world.sse[1]) as writer:
        heap = fresh("heap")
        await client.session.subscribe_resource(f"heap:///{heap}")
        await call(writer, "set_heap_tags", heap=heap, tags={"a": "b"})
        async with asyncio.timeout(EVENT_SECONDS):
            while "updated" not in str(await heard.get()):
                pass
        async with writer.listen(resource_subscriptions=[f"heap:///{heap}"]) as stream:
            await call(client, "set_heap_tags", heap=heap, tags={"a": "c"})
            async with asyncio.timeout(EVENT_SECONDS):
                async for event in stream:
                    assert event.uri == f"heap:///{heap}"
                    break


async def test_what_does_not_belong_to_a_stream_is_refused(world: World) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{world.sse[0]}", timeout=READ_SECONDS) as http:
        assert (await http.post("/message", content="{}")).status_code == 400
        for name in ["x", "0" * 64]:
            assert (await http.post(f"/message?sessionId={name}", content="{}")).status_code == 404
        assert (await http.post("/mcp", content="{}")).status_code == 404
        assert (await http.post("/sse")).status_code == 405
        assert (await http.get("/v1/sessions")).status_code == 200
        async with http.stream("GET", "/sse") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: endpoint"
            endpoint = (await anext(lines)).removeprefix("data: ")
            assert endpoint.startswith("/message?")
            for body, expected in [("{", "-32700"), ('{"jsonrpc":"2.0","id":1,"method":"tools/list"}', "-32602"),
                                   ('{"jsonrpc":"2.0","id":2,"method":"ping"}', '"result":{}')]:
                assert (await http.post(endpoint, content=body)).status_code == 202
                async with asyncio.timeout(EVENT_SECONDS):
                    while not (line := await anext(lines)).startswith("data: "):
                        pass
                assert expected in line, line
        # The session goes with its stream; the server sees that soon.
        async with asyncio.timeout(EVENT_SECONDS):
            while (await http.post(endpoint, content='{"jsonrpc":"2.0","method":"notifications/x"}')).status_code != 404:
                await asyncio.sleep(0.05)
