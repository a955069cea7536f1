"""Many clients at once, on all nodes."""

import asyncio

from clients import World, call, connect, fresh


async def test_fifty_appenders_get_dense_and_distinct_indexes(world: World) -> None:
    session = fresh("session")

    async def appender(number: int) -> list[int]:
        async with connect(world, number % 3) as client:
            return [
                (await call(client, "append_session_entry", session=session, code=f"{number}.{turn}", output_heap="h"))["index"]
                for turn in range(10)
            ]

    indexes = await asyncio.gather(*[appender(number) for number in range(50)])
    assert sorted(index for own in indexes for index in own) == list(range(500))
    assert all(own == sorted(own) for own in indexes)
    async with connect(world, 0) as client:
        page = await call(client, "list_session_snapshots", session=session, limit=1000)
        assert [entry["index"] for entry in page["entries"]] == list(range(500))
        for number, own in enumerate(indexes):
            assert [page["entries"][index]["code"] for index in own] == [f"{number}.{turn}" for turn in range(10)]
        times = [entry["timestamp"] for entry in page["entries"]]
        assert times == sorted(times)


async def test_twenty_mergers_lose_no_tag(world: World) -> None:
    heap = fresh("heap")

    async def merger(number: int) -> None:
        async with connect(world, number % 3) as client:
            for turn in range(5):
                await call(client, "merge_heap_tags", heap=heap, tags={f"{number}.{turn}": "v"})

    await asyncio.gather(*[merger(number) for number in range(20)])
    async with connect(world, 1) as client:
        tags = (await call(client, "get_heap_tags", heap=heap))["tags"]
        assert tags == {f"{number}.{turn}": "v" for number in range(20) for turn in range(5)}


async def test_of_two_that_go_on_from_one_head_one_wins(world: World) -> None:
    session = fresh("session")
    async with connect(world, 0) as one, connect(world, 2) as two:
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
