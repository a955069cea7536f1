"""Whether any term had two leaders."""

import re
from collections import Counter
from pathlib import Path

LEADS = re.compile(r"\bleads term (\d+)")


def elections(logs: list[Path]) -> Counter[int]:
    """How often the logs tell that a node began to lead each term."""
    return Counter(int(match[1]) for log in logs if log.exists() for match in LEADS.finditer(log.read_text(errors="replace")))


def doubled_terms(logs: list[Path]) -> list[str]:
    """The violations. A node that takes up a term leads it once, so that a term is named once in all logs together."""
    return [f"term {term} was led {count} times" for term, count in sorted(elections(logs).items()) if count > 1]
