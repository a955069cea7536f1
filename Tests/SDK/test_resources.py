"""What is listed, read and listened to."""

import asyncio

from clients import EVENT_SECONDS, World, call, connect, error, fresh


async def test_resources_are_listed_and_read(world: World) -> None:
    async with connect(world, 0) as client:
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
        absent = await error(client.read_resource("session:///" + fresh("none")))
        assert absent.data["uri"].startswith("session:///none")


async def test_changes_on_one_node_are_told_on_another(world: World) -> None:
    async with connect(world, 0) as writer, connect(world, 1) as listener:
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
