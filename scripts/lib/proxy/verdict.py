"""Whether what the clients saw is what they were promised."""

from collections import Counter
from dataclasses import dataclass

from testbed.cluster import Cluster

from .agents import READ_LIMIT, Agent
from .caller import UNKNOWN, Failure
from .changes import ENDED_PROPERLY, Listener, Write
from .faults import Fault
from .load import Load
from .nginx import Passage

# By nginx, whose connection to a node broke.
LOST_WITH_A_NODE = ("HTTP 502", "HTTP 504", "connection broken")
# Of a node that for the moment has no leader, or does not know what became of a write.
# Before 2026-07-28 it may say so with the status 200.
WITHOUT_A_LEADER = ("HTTP 503 unavailable", "HTTP 200 unavailable", UNKNOWN)


@dataclass(frozen=True)
class Miss:
    """A write that a listener came to know of only by the next one, or not at all."""

    listener: Listener
    write: Write
    until: float
    fault: Fault | None
    """The kill that excuses it."""


def judge(load: Load, faults: list[Fault], passages: list[Passage], cluster: Cluster) -> list[str]:
    """What did not hold, in sentences."""
    broken = list(load.tally.broken)
    broken += [
        f"{failure.who}: {failure.what} failed without a reason ({failure.kind} of {failure.node}; {_during(failure, faults)}): "
        f"{failure.text}"
        for failure in load.tally.failures if excuse(failure, faults) is None]
    broken += [
        f"nginx sent a POST more than once: to {', '.join(passage.nodes)}, {', '.join(passage.sent)} bytes"
        for passage in passages if passage.method == "POST" and passage.was_sent_twice]
    broken += lost_streams(load.listeners, faults)
    broken += [
        f"{miss.listener.who} missed write {miss.write.number} of {miss.write.uri}"
        for miss in misses(load, faults) if miss.fault is None]
    for fault in faults:
        failures = Counter(failure for failure in fault.volley.failures if not _excuses(fault, *failure))
        broken += [
            f"{count} of {fault.volley.count} writes of {fault.volley.session} failed without a reason at the {fault.kind} of "
            f"{fault.address}: {kind} of {node}" for (kind, node), count in failures.items()]
        broken += [words for node in cluster.nodes for words in fault.volley.wrong_log(node)]
    for node in cluster.nodes:
        for agent in load.agents:
            broken += wrong_log(node, agent)
    return broken


def excuse(failure: Failure, faults: list[Fault]) -> Fault | None:
    """The kill that explains it: its connection was on that node, or the node was missed for a moment."""
    for fault in faults:
        if fault.overlaps(failure.began, failure.ended) and _excuses(fault, failure.kind, failure.node):
            return fault
    return None


def _excuses(fault: Fault, kind: str, node: str | None) -> bool:
    return fault.kind == "SIGKILL" and (kind in WITHOUT_A_LEADER or kind in LOST_WITH_A_NODE and node == fault.address)


def lost_streams(listeners: list[Listener], faults: list[Fault]) -> list[str]:
    """Only a kill may break a stream, and only one on the killed node."""
    return [
        f"{listener.who}: its stream from {stream.node} was lost without a kill: {stream.how}"
        for listener in listeners for stream in listener.streams
        if stream.how not in ("", ENDED_PROPERLY) and not any(
            fault.kind == "SIGKILL" and fault.address == stream.node and fault.overlaps(stream.ended, stream.ended)
            for fault in faults)]


def misses(load: Load, faults: list[Fault]) -> list[Miss]:
    """A listener reads when it is told of a change, or begins a stream. So a write was missed when it had not read it before the
    next write of the same resource began, whose notification would hide the loss."""
    found = []
    for uri in load.writer.uris:
        writes = [write for write in load.writer.writes if write.uri == uri]
        for listener in load.listeners:
            sights = [sight for sight in listener.sights if sight.uri == uri]
            ready = listener.streams[0].caught_up if listener.streams else None
            if ready is None:
                continue
            position = 0
            for write, following in zip(writes, [*writes[1:], None]):
                while position < len(sights) and sights[position].number < write.number:
                    position += 1
                seen = sights[position].when if position < len(sights) else float("inf")
                deadline = following.began if following else float("inf")
                if write.began > ready and (seen == float("inf") or seen > deadline):
                    until = min(seen, deadline)
                    found.append(Miss(listener, write, until, _kill_for(listener, write.began, until, faults)))
    return found


def wrong_log(node, agent: Agent) -> list[str]:
    """Every node must hold exactly what was acknowledged, each once, in order."""
    answer = node.ask(f"/v1/sessions/{agent.name}/entries?fields=index,code&limit={READ_LIMIT}", timeout=10)
    if answer is None or answer.status not in (200, 404):
        return [f"{node.node_id} does not tell the log of {agent.who}: {answer and answer.status}"]
    entries = answer.json()["entries"] if answer.status == 200 else []
    found = [(entry["index"], entry["code"]) for entry in entries]
    if found == list(enumerate(agent.acknowledged)):
        return []
    return [f"{agent.who}: {len(agent.acknowledged)} entries were acknowledged, and {node.node_id} has {found}"]


def given_up(listener: Listener, faults: list[Fault]) -> Fault | None:
    """The kill after which the SDK begins no stream any more. Before 2026-07-28 it does so for good when a stream breaks for the
    second time since one ended properly, whenever the first time was."""
    if listener.wire is None:
        return None
    broken = 0
    streams = listener.wire.streams
    for (began, node), following in zip(streams, [*streams[1:], None]):
        ended = following[0] if following else float("inf")
        fault = next((fault for fault in faults if fault.address == node and began <= fault.began < ended), None)
        if fault:
            broken = broken + 1 if fault.kind == "SIGKILL" else 0
        if broken == 2:
            return fault
    return None


def _kill_for(listener: Listener, began: float, ended: float, faults: list[Fault]) -> Fault | None:
    """The kill then that broke its stream; of a client that renews its streams by itself, any kill then, or the one after which
    it has none."""
    last = given_up(listener, faults)
    if last is not None and ended >= last.began:
        return last
    for fault in faults:
        if fault.kind == "SIGKILL" and fault.overlaps(began, ended):
            is_hit = any(
                stream.node == fault.address and stream.ended is not None and fault.overlaps(stream.ended, stream.ended)
                for stream in listener.streams)
            if is_hit or not listener.is_told_of_ends:
                return fault
    return None


def _during(failure: Failure, faults: list[Fault]) -> str:
    for fault in faults:
        if fault.overlaps(failure.began, failure.ended):
            return f"{failure.began - fault.began:+.3f} s to {failure.ended - fault.began:+.3f} s from the {fault.kind} of {fault.address}"
    return "no fault was under way"
