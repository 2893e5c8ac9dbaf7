"""What operators and metrics ask about deliveries: lists, one in full, ages and counts. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.ledger.filters import DeliveryFilter
from app.ledger.keys import beginning as beginning_in
from app.ledger.keys import range_of
from app.ledger.pool import Pool
from app.ledger.queries import query
from schemas.remedies import meaning_of

Row = dict[str, Any]
_FILE: Final = "operators"
_GAUGES: Final = "gauges"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryGauges:
    """`oldest_s` is the age of the oldest delivery in each state that has not ended well."""

    deliveries: dict[str, int]
    oldest_s: dict[str, float]
    undelivered_oldest_s: float
    gates: dict[str, int]
    issues_open: int
    fenced_out: int
    artifacts_bytes: int


class DeliveryViews:
    """Answers hold ids, words, times and counts: never people's data."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, wanted: DeliveryFilter) -> list[Row]:
        return await self._rows("list", *wanted.values(), wanted.limit)

    async def count(self, wanted: DeliveryFilter) -> int:
        """How many match, whatever the filter's limit."""
        return int(await self._pool.fetchval(query(_FILE, "count"), *wanted.values()))

    async def show(self, key: UUID) -> Row | None:
        """One delivery with what its last code means, its steps, attempts and moves; None if there is none."""
        found = await self._rows("show", key)
        if not found:
            return None
        row = found[0]
        meaning = meaning_of(row["last_code"], KEY=str(key), NAME=row["connection"], JOB=row["job_id"])
        parts = {name: await self._rows(name, key) for name in ("steps", "attempts", "moves")}
        return {**row, "meaning": meaning, **parts}

    async def keys(self, beginning: str) -> list[UUID]:
        """The deliveries whose keys begin so, two at most; none where that is no beginning of a key."""
        found = range_of(beginning)
        return await beginning_in(self._pool, *found) if found else []

    async def parked(self) -> list[Row]:
        """[{connection, reason, n, since}]."""
        return await self._rows("park_counts")

    async def issues(self, *, closed: bool = False, limit: int = 100) -> list[Row]:
        return await self._rows("issues", closed, limit)

    async def gauges(self) -> DeliveryGauges:
        states = await self._pool.fetch(query(_GAUGES, "states"))
        gates = await self._pool.fetch(query(_GAUGES, "gates"))
        other = await self._pool.fetchrow(query(_GAUGES, "other"))
        open_ages = [row["oldest_s"] for row in states if row["state"] not in ("delivered", "cancelled", "dead")]
        return DeliveryGauges(
            deliveries={row["state"]: row["n"] for row in states},
            oldest_s={row["state"]: row["oldest_s"] for row in states},
            undelivered_oldest_s=max(open_ages, default=0.0),
            gates={row["mode"]: row["n"] for row in gates},
            issues_open=other["issues"] if other else 0,
            fenced_out=other["fenced_out"] if other else 0,
            artifacts_bytes=other["artifacts_bytes"] if other else 0,
        )

    async def _rows(self, name: str, *values: object) -> list[Row]:
        return [dict(row) for row in await self._pool.fetch(query(_FILE, name), *values)]
