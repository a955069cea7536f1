"""What an answer says about an operation."""

import json

from testbed.loop_client import Reply

from .history import REFUSED, UNKNOWN

# No leader, too much in flight, a full retry table; no space: certainly not done.
REFUSALS = (503, 507)


class WrongAnswer(Exception):
    """Nothing that a node may say to this."""


def result_of(operation: dict, reply: Reply) -> dict:
    """The result as the history has it."""
    if reply.status in REFUSALS:
        return REFUSED
    if reply.status == 504:
        return UNKNOWN
    kind = next(iter(operation))
    if reply.status == 412 and kind in ("put", "delete"):
        return {"failed": True, "current": reply.revision}
    if reply.status == 412 and kind == "append":
        return {"mismatch": True, "head": json.loads(reply.body)["head"]}
    if reply.status == 404 and kind == "get":
        return {"absent": True}
    if reply.status == 404 and kind == "latest" and json.loads(reply.body)["code"] == "not_found":
        return {"entry": None}
    if reply.status != (201 if kind == "append" else 200) and not (kind == "put" and reply.status == 201):
        raise WrongAnswer(f"{operation}: {reply.status} {reply.body!r}")
    if kind == "get":
        return {"value": reply.body.decode(), "revision": reply.revision}
    document = json.loads(reply.body)
    match kind:
        case "put": return {"revision": document["revision"], "created": reply.status == 201}
        case "delete": return {"revision": document["revision"], "deleted": document["deleted"]}
        case "list": return {
            "revision": document["revision"], "entries": document["entries"], "more": document["next"] is not None}
        case "fork": return {document["outcome"]: True}
        case "entries": return {
            "entries": [_entry(entry) for entry in document["entries"]], "more": document["next"] is not None}
        case "latest": return {"entry": _entry(document)}
        case _: return document


def _entry(entry: dict) -> dict:
    return {"index": entry["index"], "heap": entry["output_heap"], "code": entry["code"]}


def heard_in(operation: dict, result: dict) -> list[tuple[str, int | None, str | None]]:
    """Keys, revisions and values of which the result tells, as far as it helps to choose conditions."""
    kind, what = next(iter(operation.items()))
    if kind in ("put", "get") and "revision" in result:
        return [(what["key"], result["revision"], result.get("value", what.get("value")))]
    if kind in ("put", "delete") and "failed" in result:
        return [(what["key"], result["current"], None)]
    if kind == "list" and "entries" in result:
        return [(entry["key"], entry["revision"], entry["value"]) for entry in result["entries"]]
    return []
