"""What a status history amounts to: its latest word, its stage, and the two latches over event time (A1, A2, A19)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.facts import StatusFact
from schemas.words import BEFORE_ENGAGED, PIPELINE

ENGAGED: Final = "engaged"
NEW: Final = "new"
_TICK: Final = timedelta(microseconds=1)  # a window includes its last instant; it is over one tick later

Statuses = tuple[StatusFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagedReached:
    """Only `at`: latched. Both: Engaged now, and undoable until `settles_at`. Neither: not reached."""

    at: datetime | None = None
    settles_at: datetime | None = None

    @property
    def latched_at(self) -> datetime | None:
        return None if self.settles_at else self.at


def engaged_reached(statuses: Statuses, settle_seconds: int, now: datetime) -> EngagedReached:
    """The first Engaged that was not undone within the settle window of event time (A2); 0 seconds disables the window.

    Repeated Engaged statuses are one visit: a status that was published twice latches no sooner than once.
    """
    settle = timedelta(seconds=settle_seconds)
    for entered, left in _engaged_visits(statuses):
        if left is None:
            settles_at = entered.occurred_at + settle + _TICK
            waiting = settle_seconds > 0 and now < settles_at
            return EngagedReached(at=entered.occurred_at, settles_at=settles_at if waiting else None)
        if not (settle_seconds and _undone(entered, left, settle)):
            return EngagedReached(at=entered.occurred_at)
    return EngagedReached()


def first_at(statuses: Statuses, words: frozenset[str], since: datetime | None) -> datetime | None:
    """When one of `words` was first reached, at or after `since`, in the history's order."""
    for status in statuses:
        if status.status in words and (since is None or status.occurred_at >= since):
            return status.occurred_at
    return None


def stage(statuses: Statuses) -> str | None:
    """The latest status of the pipeline; ended and unknown words say nothing about how far a person came."""
    return next((status.status for status in reversed(statuses) if status.status in PIPELINE), None)


def _engaged_visits(statuses: Statuses) -> Iterator[tuple[StatusFact, StatusFact | None]]:
    """Each stay in Engaged: the status that began it and the one that ended it, None while it lasts."""
    entered: StatusFact | None = None
    for status in statuses:
        if status.status == ENGAGED:
            entered = entered or status
        elif entered is not None:
            yield entered, status
            entered = None
    if entered is not None:
        yield entered, None


def _undone(entered: StatusFact, left: StatusFact, settle: timedelta) -> bool:
    return left.status in BEFORE_ENGAGED and abs(left.occurred_at - entered.occurred_at) <= settle
