"""What a shadow ledger decided otherwise than the live one; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from app.conservation import Placed

_SENT: Final = "to be sent, or sent"
# The end of an application or of its job. The shadow hears it before it sends, the live ledger heard it after (R16).
_ENDS: Final = frozenset({"withdrawn", "rejected_before_sync", "job_closed", "job_archived", "job_not_linked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`live`, `shadow`: the decision; `-` where that ledger has none of it."""

    application_id: str
    live: str
    shadow: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`ended`: in the ATS, and ended since. `moving`: decided by the live ledger while the topics were read."""

    same: int
    ended: int
    moving: int
    differing: tuple[Difference, ...]


def compare(live: Iterable[Placed], shadow: Iterable[Placed], *, since: datetime) -> Comparison:
    """`since`: when the topics began to be read. What a person released counts as the same."""
    before = {one.application_id: one for one in live}
    after = {one.application_id: one for one in shadow}
    moving = {name for name, one in before.items() if one.decided_after(since)}
    names = sorted((before.keys() | after.keys()) - moving)
    other = [name for name in names if _differs(before.get(name), after.get(name))]
    ended = {name for name in other if _ended(before.get(name), after.get(name))}
    differing = tuple(_difference(name, before, after) for name in other if name not in ended)
    return Comparison(same=len(names) - len(other), ended=len(ended), moving=len(moving), differing=differing)


def _differs(live: Placed | None, shadow: Placed | None) -> bool:
    if live is not None and shadow is not None and live.released:
        return False
    return _bucket(live) != _bucket(shadow)


def _ended(live: Placed | None, shadow: Placed | None) -> bool:
    return live is not None and shadow is not None and live.state == "delivered" and shadow.reason in _ENDS


def _difference(name: str, before: Mapping[str, Placed], after: Mapping[str, Placed]) -> Difference:
    return Difference(application_id=name, live=_bucket(before.get(name)), shadow=_bucket(after.get(name)))


def _bucket(one: Placed | None) -> str:
    """A paused connection is no matter of the topics."""
    if one is None:
        return "-"
    if one.reason == "erased":
        return "erased"
    return _SENT if one.state or one.reason == "connection_down" else f"{one.verdict} {one.reason or ''}".strip()
