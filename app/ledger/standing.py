"""How far the ledger has come: what the demo and the end-to-end tests wait for and compare. No people's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.ledger.pool import Pool
from app.ledger.queries import query

_FILE: Final = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One application: its decision, and how its deliveries ended. `receipt` is that of the create."""

    application_id: str
    employer_id: str | None
    verdict: str | None
    reason: str | None
    create_state: str | None
    create_reason: str | None
    receipt: Mapping[str, Any] | None
    updates: int
    erase_state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    deliveries: int
    decisions: int


class Ledger:
    """Only reads, but for `widen_gates`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ingested(self) -> dict[str, int]:
        """Records by topic."""
        return {row["topic"]: row["records"] for row in await self._pool.fetch(query(_FILE, "ingested"))}

    async def unsettled(self) -> Unsettled:
        """Zero of both: nothing is under way."""
        row = await self._pool.fetchrow(query(_FILE, "unsettled"))
        return Unsettled(**dict(row or {"deliveries": 0, "decisions": 0}))

    async def applications(self) -> list[Standing]:
        return [Standing(**dict(row)) for row in await self._pool.fetch(query(_FILE, "applications"))]

    async def dead_letters(self) -> dict[str, int]:
        """Refused records by code."""
        return {row["code"]: row["records"] for row in await self._pool.fetch(query(_FILE, "dead_letters"))}

    async def gates(self) -> int:
        return int(await self._pool.fetchval(query(_FILE, "gates")))

    async def widen_gates(self, calls_per_s: float) -> None:
        """For an ATS that has no limit: the vendors' real ones would make a demo wait for minutes."""
        await self._pool.execute(query(_FILE, "widen_gates"), calls_per_s)
