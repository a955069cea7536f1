"""How long writes fail when the leader is lost."""

import asyncio
import signal
import time

from testbed.cluster import Cluster
from testbed.loop_client import ask_once
from testbed.node import Node, NodeFailure

ATTEMPT_EVERY_SECONDS = 0.01
GIVE_UP_AFTER_SECONDS = 30
OLD, NEW = b"before", b"after"


def one_round(cluster: Cluster, number: signal.Signals) -> float:
    """Seconds from the signal to the leader until a write through another node has succeeded. The cluster is whole again
    afterwards. Raises NodeFailure when a leader that was stopped answers a linearizable read with an old value."""
    leader = cluster.wait_leader()
    survivors = [node for node in cluster.nodes if node is not leader]
    asyncio.run(put(leader, "seen", OLD))
    signalled_at = time.monotonic()
    leader.send_signal(number)
    seconds = asyncio.run(first_write(survivors, signalled_at)) - signalled_at
    if number == signal.SIGSTOP:
        asyncio.run(put(survivors[0], "seen", NEW))
        asyncio.run(resume_and_read(leader))
    else:
        leader.process.wait()
        leader.start()
    cluster.wait_ready()
    cluster.wait_caught_up()
    return seconds


async def put(node: Node, key: str, value: bytes) -> None:
    reply = await ask_once(node.client_port, "PUT", f"/v1/kv/{key}", value)
    if reply.status not in (200, 201):
        raise NodeFailure(f"{node.node_id} answers {reply.status}: {reply.body.decode(errors='replace')}")


async def first_write(nodes: list[Node], started_at: float) -> float:
    """When the first of many writes has succeeded: one every 10 ms to each node, each on a connection of its own, none
    waiting for those before."""
    done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    attempts: list[asyncio.Task] = []
    while not done.done() and time.monotonic() < started_at + GIVE_UP_AFTER_SECONDS:
        for node in nodes:
            attempts.append(asyncio.create_task(attempt(node, len(attempts), done)))
        await asyncio.wait([done], timeout=ATTEMPT_EVERY_SECONDS)
    for task in attempts:
        task.cancel()
    await asyncio.gather(*attempts, return_exceptions=True)
    if not done.done():
        raise NodeFailure(f"no write succeeded within {GIVE_UP_AFTER_SECONDS} s")
    return done.result()


async def attempt(node: Node, number: int, done: asyncio.Future[float]) -> None:
    try:
        reply = await ask_once(node.client_port, "PUT", "/v1/kv/attempt", str(number).encode())
    except (OSError, EOFError):
        return
    if reply.status in (200, 201) and not done.done():
        done.set_result(time.monotonic())


async def resume_and_read(old_leader: Node) -> None:
    """Reads that wait at its socket while it is stopped, and reads until it has answered some after it goes on."""
    waiting = [asyncio.create_task(read(old_leader)) for _ in range(8)]
    # One turn: connected and sent, since loopback takes both at once.
    await asyncio.wait(waiting, timeout=0.05)
    old_leader.send_signal(signal.SIGCONT)
    answers = [answer for answer in await asyncio.gather(*waiting) if answer is not None]
    deadline = time.monotonic() + GIVE_UP_AFTER_SECONDS
    fresh = 0
    while fresh < 20 and time.monotonic() < deadline:
        answers.append(await read(old_leader))
        fresh += answers[-1] == NEW
    if any(answer not in (NEW, None) for answer in answers):
        raise NodeFailure(f"STALE: {old_leader.node_id} was stopped as leader, went on, and answered {answers}")
    if fresh < 20:
        raise NodeFailure(f"{old_leader.node_id} does not answer reads after it went on")


async def read(node: Node) -> bytes | None:
    """A linearizable read; None when the node refuses it."""
    try:
        reply = await ask_once(node.client_port, "GET", "/v1/kv/seen")
    except (OSError, EOFError):
        return None
    return reply.body if reply.status == 200 else None
