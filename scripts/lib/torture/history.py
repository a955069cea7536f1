"""Operations with their two ends, one JSON object a line, as `raftsim check-history` reads them."""

import json
import time
from collections import Counter
from pathlib import Path

UNKNOWN = {"unknown": True}
REFUSED = {"refused": True}
READS = ("get", "list", "watch", "entries", "latest", "tags")
NOT_DONE = ("failed", "mismatch", "target_exists", "source_empty")
"""Members of results that say that a condition did not hold."""


def now() -> int:
    """Microseconds, on a clock that never falls."""
    return time.monotonic_ns() // 1000


class History:
    """Of one epoch. Written as it happens, so that it survives the script."""

    def __init__(self, path: Path):
        self.path = path
        self.outcomes: Counter[str] = Counter()
        """By kind and outcome, as in "put ok"."""
        self.written: list[int] = []
        """When writes were answered, in order."""
        self._file = open(path, "w", buffering=1 << 16)

    def add(
        self, client: int, node: str, start: int, operation: dict, result: dict, idempotency_key: str | None = None
    ) -> None:
        end = None if result is UNKNOWN else now()
        line = {"client": client, "node": node, "start": start, "end": end, "op": operation, "result": result}
        if idempotency_key is not None:
            line["idempotency_key"] = idempotency_key
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        kind = next(iter(operation))
        if idempotency_key is not None:
            kind = f"keyed {kind}"
        if operation[kind.removeprefix("keyed ")].get("stale"):
            kind = f"stale {kind}"
        elif end is not None and result is not REFUSED and kind not in READS:
            self.written.append(end)
        self.outcomes[f"{kind}: {_outcome(result)}"] += 1

    def close(self) -> None:
        self._file.close()


def _outcome(result: dict) -> str:
    if result is UNKNOWN:
        return "unknown"
    if result is REFUSED:
        return "refused"
    if any(member in result for member in NOT_DONE) or result.get("succeeded") is False:
        return "condition failed"
    return "absent" if "absent" in result else "ok"
