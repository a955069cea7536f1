"""Another client."""

import json
import re
import tempfile
from pathlib import Path

import fastmcp

from clients import TOOLS, World, fresh

README = Path(__file__).resolve().parents[2] / "README.md"


async def test_fastmcp_speaks_with_it_too(world: World) -> None:
    async with fastmcp.Client(f"http://127.0.0.1:{world.http[1]}/mcp") as client:
        assert [tool.name for tool in await client.list_tools()] == TOOLS
        session = fresh("session")
        result = await client.call_tool("append_session_entry", {"session": session, "code": "1", "output_heap": "h"})
        assert result.structured_content["index"] == 0
        assert f"session:///{session}" in {str(resource.uri) for resource in await client.list_resources()}
        assert '"code":"1"' in (await client.read_resource(f"session:///{session}"))[0].text
        refused = await client.call_tool("list_sessions", {"limit": 0}, raise_on_error=False)
        assert refused.is_error


async def test_the_configurations_of_the_readme_work(world: World) -> None:
    over_http, over_stdio = re.findall(r"```json\n(.*?)```", README.read_text(), re.DOTALL)
    with tempfile.TemporaryDirectory(prefix="raftd-readme-") as folder:
        for text in [
            over_http.replace("8001", str(world.http[2])),
            over_stdio.replace(".build/release/raftd", world.raftd).replace("./agent-data", folder),
        ]:
            async with fastmcp.Client(json.loads(text)) as client:
                assert len(await client.list_tools()) == len(TOOLS)
                result = await client.call_tool("set_heap_tags", {"heap": fresh("heap"), "tags": {"a": "b"}})
                assert result.structured_content == {"ok": True}
