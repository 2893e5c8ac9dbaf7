"""Why worker processes ended by themselves, in their own words: a run that starts them again should say so."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

_ENDED: Final = frozenset({"worker_exits", "worker_stuck", "ingest_exits"})
_SAID: Final = ("part", "error", "where", "reason")


def endings(log: str) -> Counter[str]:
    """Reason -> how often, of the JSON lines of one or more workers over all their starts."""
    return Counter(reason for line in log.splitlines() if (reason := _ending(line)))


def _ending(line: str) -> str:
    """Empty for every other line, and for what a killed process left half said."""
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(said, dict) or said.get("event") not in _ENDED:
        return ""
    return " ".join(str(said[name]) for name in _SAID if name in said)
