"""The journal of one claim on Postgres: every write is guarded by worker and fence, every truth is kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from app.delivery.work import Claim, LedgerAway, Stopping, Tally, Unwanted
from app.failpoints import Failpoints
from app.ledger.pool import Pool, Row, persist
from app.ledger.queries import query
from schemas.errors import Fenced
from schemas.journal import Kept

_FILE: Final = "delivery"
_NOTHING: Final[Kept] = MappingProxyType({})
_UNHEARD: Final[tuple[str | None, Kept]] = (None, _NOTHING)
_EVIDENCE_S: Final = 5.0
_T = TypeVar("_T")


def to_record(until: float) -> float:
    """Until when what was learned may still be written: a process that slept past its lease has that, if little else.

    Such writes are guarded by the fence alone, so they harm nobody who took over.
    """
    return max(until, time.monotonic() + _EVIDENCE_S)


async def within(until: float, operation: Callable[[], Awaitable[_T]]) -> _T:
    """`operation`, repeated while the database is away. Raises LedgerAway once time.monotonic() passes `until`."""
    try:
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            return await persist(operation)
    except TimeoutError:
        raise LedgerAway("the database did not answer before the claim ran out") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """When a look-up that found nothing counts."""

    settle_s: float
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalParts:
    pool: Pool
    failpoints: Failpoints
    looks: Looks
    until: float
    stopping: Callable[[], bool]


class LedgerJournal:
    """See schemas.journal.Journal.

    `start` raises Unwanted for work withdrawn before its first step, and Stopping when the process is ending; in both
    cases nothing was begun.
    """

    __slots__ = ("_claim", "_known", "_look_first", "_parts", "_tally")

    def __init__(self, claim: Claim, parts: JournalParts) -> None:
        self._claim = claim
        self._parts = parts
        self._tally = Tally()
        self._known: dict[str, tuple[str | None, Kept]] | None = None
        self._look_first = False

    @property
    def tally(self) -> Tally:
        return self._tally

    async def done(self, step: str, /) -> Kept | None:
        state, kept = (await self._read()).get(step, _UNHEARD)
        return dict(kept) if state == "finished" else None

    async def started(self, step: str, /) -> bool:
        state, _ = (await self._read()).get(step, _UNHEARD)
        return state == "started" or (state is None and self._look_first)

    async def start(self, step: str, /) -> None:
        if self._parts.stopping():
            raise Stopping("the process is ending: no further step is begun")
        self._parts.failpoints.passing("before_start")
        key, fence, worker = self._owner
        without_mark = not self._parts.failpoints.has("write_ahead")
        row = await self._row("step_start", key, fence, worker, step, without_mark, self._unfenced)
        if row is None:
            await self._refuse_start()
        self._note(step, "started")
        self._count(opened=True)
        self._parts.failpoints.passing("after_start")

    async def finish(self, step: str, kept: Kept, /) -> None:
        self._parts.failpoints.passing("before_finish")
        key, fence, worker = self._owner
        row = await self._record("step_finish", key, step, fence, dict(kept), worker, self._unfenced)
        if row is None or not row["ours"]:
            if row is None or not row["kept_late"]:
                await self._record("late_evidence", key, fence, worker, step, ",".join(kept.values()) or None)
            raise Fenced(f"{step}: finished after another worker took over")
        self._note(step, "finished", kept)
        self._count(opened=False)
        self._parts.failpoints.passing("after_finish")

    async def refused(self, step: str, /) -> None:
        self._parts.failpoints.passing("before_refused")
        key, fence, worker = self._owner
        await self._record("step_refused", key, step, fence, worker, self._unfenced)
        await self._check_owned()
        self._note(step, "refused")
        self._count(opened=False)

    async def absent(self, step: str, /) -> int:
        key, fence, worker = self._owner
        looks = self._parts.looks
        times = (looks.settle_s, looks.interval_s)
        row = await self._row("step_absent", key, step, fence, worker, self._unfenced, *times)
        if row is None or not row["ours"]:
            raise Fenced(f"{step}: looked up after another worker took over")
        self._count(looked=True)
        self._parts.failpoints.passing("after_look")
        # Without the settle guard the first "not found" is believed: what the guard is there against.
        return int(row["looks"]) if self._parts.failpoints.has("settle") else 2

    @property
    def _owner(self) -> tuple[Any, int, Any]:
        return self._claim.key, self._claim.fence, self._claim.worker

    @property
    def _unfenced(self) -> bool:
        return not self._parts.failpoints.has("fence")

    def _count(self, *, opened: bool | None = None, looked: bool | None = None) -> None:
        self._tally = Tally(
            opened=self._tally.opened if opened is None else opened,
            looked=self._tally.looked if looked is None else looked,
        )

    async def _read(self) -> dict[str, tuple[str | None, Kept]]:
        """Every step, asked for once: while the claim is ours nobody else begins one.

        What may still happen behind our back is that a worker before us records the end of what it began. To us that
        step stays started: looked for, or sent again under its key, and never begun anew, for `step_start` refuses.
        """
        if self._known is None:
            key, fence, worker = self._owner
            row = await self._row("steps_read", key, fence, worker, self._unfenced)
            if row is None or not row["ours"]:
                raise Fenced("another worker owns this delivery")
            self._look_first = row["look_first"]
            self._known = {step: (state, kept) for step, state, kept in row["steps"]}
        return self._known

    def _note(self, step: str, state: str, kept: Kept = _NOTHING) -> None:
        if self._known is not None:
            self._known[step] = (state, dict(kept))

    async def _check_owned(self) -> None:
        key, fence, worker = self._owner
        row = await self._row("owned", key, fence, worker, self._unfenced)
        if row is None or not row["ours"]:
            raise Fenced("another worker owns this delivery")

    async def _refuse_start(self) -> None:
        key, fence, worker = self._owner
        row = await self._row("still_wanted", key, fence, worker)
        if row is not None and row["reason"] is not None:
            raise Unwanted(row["reason"])
        raise Fenced("the claim has run out, or another worker owns this delivery")

    async def _row(self, name: str, *values: Any) -> Row | None:
        return await self._ask(self._parts.until, name, values)

    async def _record(self, name: str, *values: Any) -> Row | None:
        return await self._ask(to_record(self._parts.until), name, values)

    async def _ask(self, until: float, name: str, values: Sequence[Any]) -> Row | None:
        async def once() -> Row | None:
            return await self._parts.pool.fetchrow(query(_FILE, name), *values)

        return await within(until, once)
