"""What was seen, in tables."""

from collections import Counter

from testbed.figures import median, percentile, table

from .caller import UNKNOWN
from .changes import ENDED_PROPERLY, Stream
from .faults import Fault
from .load import Load
from .nginx import Passage
from .verdict import LOST_WITH_A_NODE, WITHOUT_A_LEADER, given_up, misses


def report(load: Load, faults: list[Fault], passages: list[Passage]) -> str:
    return "\n\n".join([_calls(load, passages), _by_fault(load, faults), _streams(load, faults)])


def _calls(load: Load, passages: list[Passage]) -> str:
    tally = load.tally
    seconds = [call.seconds for call in tally.calls] or [0.0]
    entries = sum(len(agent.acknowledged) for agent in load.agents)
    failed = Counter(f"{failure.kind} ({failure.what})" for failure in tally.failures)
    nodes = Counter(passage.nodes[-1] for passage in passages)
    lines = [
        f"{len(load.agents)} clients and {len(load.listeners)} listeners: {len(tally.calls)} calls answered, {entries} entries, "
        f"{len(load.writer.writes)} writes to what is listened to",
        f"a call took {1000 * median(seconds):.0f} ms in the middle, {1000 * percentile(seconds, 0.99):.0f} ms at the 99th percentile, "
        f"{1000 * max(seconds):.0f} ms at most, with its retries",
        f"{len(tally.failures)} attempts failed and were repeated"
        + "".join(f"\n  {count:5} {kind}" for kind, count in failed.most_common()),
        f"nginx: {len(passages)} requests, {tally.passed_over} times a node was passed over; "
        + ", ".join(f"{node} {count}" for node, count in sorted(nodes.items())),
    ]
    return "\n".join(lines)


def _by_fault(load: Load, faults: list[Fault]) -> str:
    rows = [["signal", "node", "led", "gone ms", "calls", "longest ms", "failed", "lost", "503", "unknown", "other", "volley"]]
    for fault in faults:
        calls = [call.seconds for call in load.tally.calls if fault.overlaps(call.began, call.ended)]
        kinds = [failure.kind for failure in load.tally.failures if fault.overlaps(failure.began, failure.ended)]
        counts = [
            sum(kind in LOST_WITH_A_NODE for kind in kinds), sum(kind in WITHOUT_A_LEADER and kind != UNKNOWN for kind in kinds),
            kinds.count(UNKNOWN)]
        rows.append([
            fault.kind, fault.node.node_id, "yes" if fault.led else "no", f"{1000 * (fault.gone - fault.began):.0f}", str(len(calls)),
            f"{1000 * max(calls, default=0):.0f}", str(len(kinds)), *map(str, counts), str(len(kinds) - sum(counts)),
            str(len(fault.volley.failures))])
    return "calls and failures from each signal until a second after the node was ready again:\n" + table(rows) + _volleys(faults)


def _volleys(faults: list[Fault]) -> str:
    """What became of the writes that were on their way when a signal came."""
    text = ""
    for kind in ("SIGKILL", "SIGTERM"):
        volleys = [fault.volley for fault in faults if fault.kind == kind]
        failures = Counter(words for volley in volleys for words, _ in volley.failures)
        sent = sum(volley.count for volley in volleys)
        text += f"\nvolleys at {kind}: {sent} writes sent just before and after, {failures.total()} attempts failed"
        text += "".join(f"\n  {count:5} {words}" for words, count in failures.most_common())
    return text


def _streams(load: Load, faults: list[Fault]) -> str:
    """Per fault: the streams on that node, when their clients heard of it, and when they had another and had read everything."""
    rows = [[
        "signal", "node", "streams", "ended properly", "lost", "heard ms", "back ms", "at most", "seen by reading", "missed",
        "longest wait"]]
    missed = misses(load, faults)
    notes = Counter()
    for fault in faults:
        ended: list[tuple[Stream, Stream | None]] = []
        for listener in load.listeners:
            for stream, following in zip(listener.streams, [*listener.streams[1:], None]):
                if stream.how and stream.node == fault.address and fault.overlaps(stream.ended, stream.ended):
                    ended.append((stream, following))
        back = [following.caught_up - fault.began for _, following in ended if following and following.caught_up]
        heard = [stream.ended - fault.began for stream, _ in ended]
        proper = sum(stream.how == ENDED_PROPERLY for stream, _ in ended)
        between = sum(
            stream.ended <= write.acknowledged <= following.caught_up
            for stream, following in ended if following and following.caught_up for write in load.writer.writes)
        notes.update(stream.how for stream, _ in ended if stream.how != ENDED_PROPERLY)
        rows.append([
            fault.kind, fault.node.node_id, str(len(ended)), str(proper), str(len(ended) - proper), _middle(heard), _middle(back),
            f"{1000 * max(back, default=0):.0f}", str(between), str(sum(miss.fault is fault for miss in missed)),
            f"{1000 * _longest_wait(load, fault, faults):.0f}"])
    text = "streams on the node, how their clients came to another (ms from the signal), and what they saw of the writes meanwhile; the "
    text += "longest wait of any listener (ms) is from when a write was acknowledged until it was read:\n"
    lost = sum(given_up(listener, faults) is not None for listener in load.listeners)
    if lost:
        notes["a client of a handshake's revision begins no stream any more: its stream broke twice"] += lost
    return text + table(rows) + "".join(f"\n  {count} x {how}" for how, count in notes.items())


def _longest_wait(load: Load, fault: Fault, faults: list[Fault]) -> float:
    """Also of a client that is not told when its stream is renewed; not of one that has none any more."""
    waits = [0.0]
    for write in load.writer.writes:
        if fault.overlaps(write.began, write.acknowledged):
            for listener in load.listeners:
                if given_up(listener, faults):
                    continue
                seen = [sight.when for sight in listener.sights if sight.uri == write.uri and sight.number >= write.number]
                waits.append(min(seen, default=float("inf")) - write.acknowledged)
    return max(waits)


def _middle(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):.0f}" if seconds else "-"
