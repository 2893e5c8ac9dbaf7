"""What people ask the ledger: which bucket is everything in, and what happened to one application. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.ledger.pool import Pool
from app.ledger.queries import query

Row = dict[str, Any]
_FILE: Final = "overview"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which applications to list; None: any."""

    connection: str | None = None
    reason: str | None = None
    state: str | None = None
    verdict: str | None = None
    candidate: str | None = None
    limit: int = 100


class Overview:
    """Answers hold ids, words, times and counts: never people's data."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def buckets(self) -> list[Row]:
        """[{connection, employer_id, bucket, reason, n}]: the sum over all is the number of applications."""
        return await self._rows("buckets")

    async def connections(self, name: str | None = None) -> list[Row]:
        return await self._rows("connections", name)

    async def applications(self, wanted: Filter) -> list[Row]:
        parts = (wanted.connection, wanted.reason, wanted.state, wanted.verdict, wanted.limit, wanted.candidate)
        return await self._rows("applications", *parts)

    async def knows(self, application_id: str) -> bool:
        """Whether any record of it was ever folded or refused."""
        return bool(await self._pool.fetchval(query(_FILE, "named"), application_id))

    async def applications_of(self, candidate_id: str) -> list[str]:
        """The ids of this candidate's applications, two at most."""
        return [row["application_id"] for row in await self._rows("applications_of", candidate_id)]

    async def explain(self, application_id: str) -> Row | None:
        """Everything known about one application: facts, gates, events, refusals, deliveries, steps, attempts.

        None if no record of it was ever folded or refused.
        """
        found = await self._rows("application", application_id)
        refusals = await self._rows("application_refusals", application_id)
        if not found and not refusals:
            return None
        timeline = {
            name: await self._rows(name, application_id)
            for name in (
                "application_events",
                "application_deliveries",
                "delivery_moves",
                "delivery_steps",
                "delivery_attempts",
            )
        }
        return {"application": found[0] if found else None, "application_refusals": refusals, **timeline}

    async def _rows(self, name: str, *values: object) -> list[Row]:
        return [dict(row) for row in await self._pool.fetch(query(_FILE, name), *values)]
