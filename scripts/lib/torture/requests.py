"""Requests of all kinds, each as it stands in the history and as HTTP has it."""

import json
from dataclasses import dataclass
from urllib.parse import quote

JSON_BODY = {"Content-Type": "application/json"}
ENTRY_FIELDS = "index,output_heap,code"


@dataclass(frozen=True)
class Request:
    operation: dict
    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] | None = None

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


def _path(key: str) -> str:
    return f"/v1/kv/{quote(key)}"


def put(key: str, value: str, if_revision: int | None = None, if_absent: bool = False) -> Request:
    operation: dict = {"key": key, "value": value}
    headers = {}
    if if_revision is not None:
        operation["if_revision"] = if_revision
        headers["If-Match"] = f'"{if_revision}"'
    if if_absent:
        operation["if_absent"] = True
        headers["If-None-Match"] = "*"
    return Request({"put": operation}, "PUT", _path(key), value.encode(), headers)


def delete(key: str, if_revision: int | None = None) -> Request:
    operation: dict = {"key": key}
    headers = {}
    if if_revision is not None:
        operation["if_revision"] = if_revision
        headers["If-Match"] = f'"{if_revision}"'
    return Request({"delete": operation}, "DELETE", _path(key), headers=headers)


def get(key: str, is_stale: bool = False) -> Request:
    if is_stale:
        return Request({"get": {"key": key, "stale": True}}, "GET", f"{_path(key)}?consistency=stale")
    return Request({"get": {"key": key}}, "GET", _path(key))


def list_of(prefix: str, start_after: str | None, limit: int) -> Request:
    operation: dict = {"prefix": prefix, "limit": limit}
    path = f"/v1/kv?prefix={quote(prefix, safe='')}&limit={limit}"
    if start_after is not None:
        operation["start_after"] = start_after
        path += f"&start_after={quote(start_after, safe='')}"
    return Request({"list": operation}, "GET", path)


def transaction(document: dict) -> Request:
    return Request({"txn": document}, "POST", "/v1/txn", _json(document), JSON_BODY)


def _json(document: dict) -> bytes:
    return json.dumps(document).encode()


# Session logs.


def _session(name: str, rest: str) -> str:
    return f"/v1/sessions/{quote(name, safe='')}{rest}"


def append(session: str, heap: str, code: str, expected: dict) -> Request:
    """`expected` has an `expected_head`, or nothing."""
    operation = {"session": session, "heap": heap, "code": code, **expected}
    body = _json({"output_heap": heap, "code": code, **expected})
    return Request({"append": operation}, "POST", _session(session, "/entries"), body, JSON_BODY)


def fork(session: str, to: str) -> Request:
    return Request({"fork": {"session": session, "to": to}}, "POST", _session(session, "/fork"), _json({"to": to}), JSON_BODY)


def trim(session: str, before: int) -> Request:
    path = _session(session, f"/entries?before={before}")
    return Request({"trim": {"session": session, "before": before}}, "DELETE", path)


def drop(session: str) -> Request:
    return Request({"drop": {"session": session}}, "DELETE", _session(session, ""))


def entries(session: str, start_after: int | None, limit: int) -> Request:
    operation: dict = {"session": session, "limit": limit}
    path = _session(session, f"/entries?fields={ENTRY_FIELDS}&limit={limit}")
    if start_after is not None:
        operation["start_after"] = start_after
        path += f"&start_after={start_after}"
    return Request({"entries": operation}, "GET", path)


def latest(session: str, is_stale: bool = False) -> Request:
    path = _session(session, f"/entries/latest?fields={ENTRY_FIELDS}")
    if is_stale:
        return Request({"latest": {"session": session, "stale": True}}, "GET", path + "&consistency=stale")
    return Request({"latest": {"session": session}}, "GET", path)


# Tags of heaps.


def _tags(heap: str) -> str:
    return f"/v1/heaps/{quote(heap, safe='')}/tags"


def merge(heap: str, changes: dict[str, str | None]) -> Request:
    return Request({"merge": {"heap": heap, "tags": changes}}, "PATCH", _tags(heap), _json(changes), JSON_BODY)


def replace(heap: str, tags: dict[str, str]) -> Request:
    return Request({"replace": {"heap": heap, "tags": tags}}, "PUT", _tags(heap), _json(tags), JSON_BODY)


def clear(heap: str) -> Request:
    return Request({"clear": {"heap": heap}}, "DELETE", _tags(heap))


def tags(heap: str) -> Request:
    return Request({"tags": {"heap": heap}}, "GET", _tags(heap))
