"""Has applications decided again when nobody speaks of them: their time has come, or the world around them changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.intake.intake import Intake
from app.ledger.audit import AuditLedger, Due
from app.rounds import Tell, repeat

_BATCH: Final = 500
_OVERLAP: Final = timedelta(minutes=2)  # longer than a statement may run: what was decided meanwhile is seen next time
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepHealth:
    """`lost`: applications decided to be delivered that had no delivery. Must be 0; repaired when it is not."""

    decided: int = 0
    lost: int = 0


class Sweeper:
    """`brief` is cheap and often: what is due. `full` also asks what should be impossible."""

    def __init__(self, intake: Intake, ledger: AuditLedger, tell: Tell) -> None:
        self._intake = intake
        self._ledger = ledger
        self._tell = tell
        self._swept_at = _FIRST
        self.health = SweepHealth()

    async def run(self, stop: asyncio.Event, *, brief_every_s: float, full_every_s: float) -> None:
        """Until `stop` is set. One process at a time sweeps; the others find that and wait for their turn."""
        async with asyncio.TaskGroup() as group:
            group.create_task(repeat(self.brief, stop, every_s=brief_every_s, tell=self._tell))
            group.create_task(repeat(self.full, stop, every_s=full_every_s, tell=self._tell))

    async def brief(self) -> int:
        """Everything whose time has come; returns how many were decided again."""
        async with self._ledger.alone("sweep") as alone:
            return await self._drain("due") if alone else 0

    async def full(self) -> SweepHealth:
        """Policies that changed, connections that work again, late erasures, and deliveries that are missing."""
        async with self._ledger.alone("repair") as alone:
            if alone:
                self._swept_at = await self._ledger.mark_stale(self._swept_at - _OVERLAP)
                decided = 0
                for which in ("reconnected", "to_erase"):
                    decided += await self._drain(which)
                self.health = await self._repair(decided)
        return self.health

    async def _drain(self, which: Due) -> int:
        """Batch by batch, until a batch is not full or brings nothing new."""
        seen: set[str] = set()
        while True:
            found = await self._ledger.applications(which, _BATCH)
            await self._intake.redecide(found)
            if len(found) < _BATCH or seen.issuperset(found):
                return len(seen.union(found))
            seen.update(found)

    async def _repair(self, decided: int) -> SweepHealth:
        found = await self._ledger.unintended(_BATCH)
        await self._intake.redecide(list(found))
        lost = sum(found.values())
        if lost:
            self._tell("deliveries_were_missing", {"count": lost})
        return SweepHealth(decided=decided + len(found), lost=lost)
