"""What clients that others wrote see of a cluster. Each test gets the ports of its nodes, and makes up names of its own."""

import asyncio
import importlib
import inspect
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

from clients import World

TEST_SECONDS = 120

Test = Callable[[World], Awaitable[None]]


def tests(only: list[str] | None) -> list[tuple[str, Test]]:
    """All functions `test_…` of the files `test_….py` beside this one, or those of these names."""
    modules = [importlib.import_module(file.stem) for file in sorted(Path(__file__).parent.glob("test_*.py"))]
    found = [
        (name, test) for module in modules for name, test in inspect.getmembers(module, inspect.iscoroutinefunction)
        if name.startswith("test_")]
    for name in set(only or []) - {name for name, _ in found}:
        sys.exit(f"mcp-sdk: there is no test {name}")
    return [(name, test) for name, test in found if only is None or name in only]


async def bounded(test: Test, world: World) -> None:
    async with asyncio.timeout(TEST_SECONDS):
        await test(world)


def run(world: World, only: list[str] | None) -> int:
    """How many tests failed; tells of each."""
    failures = 0
    for name, test in tests(only):
        try:
            asyncio.run(bounded(test, world))
            print(f"passed  {name}", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
    return failures
