"""Every tool, through every door."""

import jsonschema

from clients import DOORS, TOOLS, World, call, connect, error, failure, fresh


async def test_every_tool_does_what_it_says(world: World) -> None:
    for door in DOORS:
        async with door.open(world, 0) as client:
            assert client.session.protocol_version == door.revision, door.name
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


async def test_tools_are_described(world: World) -> None:
    async with connect(world, 1) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == TOOLS
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
            assert tool.title and tool.description and tool.annotations.open_world_hint is False
        assert client.server_info.name == "raftd" and (await client.list_prompts()).prompts == []
        reading = {tool.name for tool in tools if tool.annotations.read_only_hint}
        assert reading == {"list_sessions", "list_session_snapshots", "get_heap_tags", "query_heaps_by_tags"}


async def test_failures_tell_what_to_do(world: World) -> None:
    async with connect(world, 0) as client:
        session = fresh("session")
        assert "X-MCP-Session-Id" in await failure(client, "append_session_entry", code="", output_heap="h")
        assert "`output_heap` is missing" in await failure(client, "append_session_entry", session=session, code="")
        assert "the session is empty" in await failure(
            client, "append_session_entry", session=session, code="", output_heap="h", expected_head="other")
        assert "`limit`" in await failure(client, "list_sessions", limit=0)
        for broken in [client.call_tool("nope", {}), client.list_tools(cursor="nope"), client.get_prompt("nope")]:
            assert (await error(broken)).code == -32602


async def test_a_write_on_one_node_is_read_on_every_other(world: World) -> None:
    async with connect(world, 0) as one, connect(world, 1) as two, connect(world, 2) as three:
        session = fresh("session")
        for index in range(30):
            writer, reader = [(one, two), (two, three), (three, one)][index % 3]
            assert (await call(writer, "append_session_entry", session=session, code=str(index), output_heap="h"))["index"] == index
            page = await call(reader, "list_session_snapshots", session=session, fields="code", limit=1000)
            assert [entry["code"] for entry in page["entries"]] == [str(number) for number in range(index + 1)]


async def test_a_retry_on_another_node_happens_once(world: World) -> None:
    async with connect(world, 0) as one, connect(world, 1) as two:
        arguments = {"session": fresh("session"), "code": "1", "output_heap": "h", "idempotency_key": fresh("key")}
        first = await call(one, "append_session_entry", **arguments)
        assert await call(two, "append_session_entry", **arguments) == first
        assert "another call" in await failure(two, "append_session_entry", **(arguments | {"code": "2"}))


async def test_pages_lead_to_the_end(world: World) -> None:
    async with connect(world, 2) as client:
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
