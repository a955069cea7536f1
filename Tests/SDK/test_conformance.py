"""The scenarios of the official conformance suite that need nothing of a server but that it is one, as requests by hand."""

import asyncio
import json

import httpx2

from clients import EVENT_SECONDS, READ_SECONDS, World
from test_handshake import ACCEPT, Session, events, request

MODERN = "2026-07-28"
VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
INITIALIZE = request("initialize", {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}})


def modern(method: str, params: dict | None = None, version: str = MODERN, without: str = "") -> dict:
    meta = {name: value for name, value in {VERSION: version, CAPABILITIES: {}}.items() if name != without}
    return request(method, (params or {}) | {"_meta": meta}, number=7)


class Modern:
    def __init__(self, world: World):
        self.url = f"http://127.0.0.1:{world.http[0]}/mcp"
        self.http = httpx2.AsyncClient(headers=ACCEPT, timeout=READ_SECONDS)

    async def __aenter__(self) -> "Modern":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def ask(self, message: dict, **headers: str) -> httpx2.Response:
        usual = {"MCP-Protocol-Version": MODERN, "Mcp-Method": message["method"]}
        name = message["params"].get("name")
        return await self.http.post(
            self.url, content=json.dumps(message), headers=usual | ({"Mcp-Name": name} if name else {}) | headers)

    async def error(self, message: dict, **headers: str) -> tuple[int, int]:
        answer = await self.ask(message, **headers)
        assert answer.json()["id"] == 7, answer.text
        return answer.status_code, answer.json()["error"]["code"]


async def test_a_page_of_another_origin_reaches_nothing(world: World) -> None:
    async with Modern(world) as client:
        host = f"127.0.0.1:{world.http[0]}"
        for message, headers in [(INITIALIZE, {}), (modern("server/discover"), {"MCP-Protocol-Version": MODERN, "Mcp-Method": "server/discover"})]:
            async def post(**more: str) -> httpx2.Response:
                return await client.http.post(client.url, content=json.dumps(message), headers=headers | more)

            foreign = await post(Host="evil.example", Origin="http://evil.example")
            assert 400 <= foreign.status_code < 500 and foreign.json()["error"]["data"]["code"] == "host_not_allowed"
            assert (await post(Host=host, Origin="http://evil.example")).status_code == 403
            assert (await post(Host=host, Origin=f"http://{host}")).status_code == 200
            assert (await post(Host=f"localhost:{world.http[0]}", Origin=f"http://localhost:{world.http[0]}")).status_code == 200


async def test_lists_are_there_in_both_eras(world: World) -> None:
    async with Session(world) as session, Modern(world) as client:
        for method, name in [("tools/list", "tools"), ("prompts/list", "prompts"), ("resources/list", "resources"),
                             ("resources/templates/list", "resourceTemplates")]:
            assert isinstance((await session.post(request(method))).json()["result"][name], list)
            result = (await client.ask(modern(method))).json()["result"]
            assert isinstance(result[name], list) and result["resultType"] == "complete"
            assert result["ttlMs"] >= 0 and result["cacheScope"] in ("public", "private")
            assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "raftd"
        assert (await session.post(request("ping"))).json()["result"] == {}
        watched = {"uri": "test://watched-resource"}
        for method in ["resources/subscribe", "resources/unsubscribe"]:
            assert (await session.post(request(method, watched))).json()["result"] == {}
        answers = await asyncio.gather(*[session.post(request("tools/list", number=number)) for number in range(3)])
        assert [answer.json()["id"] for answer in answers] == [0, 1, 2]


async def test_a_request_without_a_handshake_says_all_of_itself(world: World) -> None:
    async with Modern(world) as client:
        discovered = (await client.ask(modern("server/discover"))).json()["result"]
        assert MODERN in discovered["supportedVersions"] and "tools" in discovered["capabilities"]
        for missing in [VERSION, CAPABILITIES]:
            assert await client.error(modern("server/discover", without=missing)) == (400, -32602)
        unknown = await client.ask(modern("server/discover", version="v999.0.0"), **{"MCP-Protocol-Version": "v999.0.0"})
        problem = unknown.json()["error"]
        assert (unknown.status_code, problem["code"], problem["data"]["requested"]) == (400, -32022, "v999.0.0")
        assert problem["data"]["supported"] and set(problem["data"]["supported"]) <= set(discovered["supportedVersions"])
        assert await client.error(modern("server/discover", version="v999.0.0")) == (400, -32020)
        for removed in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "unknown/method"]:
            assert await client.error(modern(removed)) == (404, -32601), removed
        for headers in [{"Mcp-Method": "tools/call"}, {"Mcp-Method": "TOOLS/LIST"}, {"Mcp-Method": ""}]:
            assert await client.error(modern("tools/list"), **headers) == (400, -32020), headers
        call = modern("tools/call", {"name": "list_sessions", "arguments": {}})
        for name in ["other", ""]:
            assert await client.error(call, **{"Mcp-Name": name}) == (400, -32020), name
        absent = modern("resources/read", {"uri": "test://nonexistent-resource-for-conformance-testing"})
        headers = {"Mcp-Name": absent["params"]["uri"]}
        assert await client.error(absent, **headers) == (400, -32602)


async def test_a_stream_of_changes_promises_only_what_it_keeps(world: World) -> None:
    async with Modern(world) as client:
        for wanted, promised in [({"toolsListChanged": True}, {}), ({"promptsListChanged": True}, {}),
                                 ({"resourcesListChanged": True}, {"resourcesListChanged": True})]:
            headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "subscriptions/listen"}
            message = modern("subscriptions/listen", {"notifications": wanted})
            async with client.http.stream("POST", client.url, content=json.dumps(message), headers=headers) as stream:
                async with asyncio.timeout(EVENT_SECONDS):
                    first = (await events(stream, "acknowledged"))[0]
                params = json.loads(first["data"])["params"]
                assert params["notifications"] == promised
                assert params["_meta"] == {"io.modelcontextprotocol/subscriptionId": 7}
