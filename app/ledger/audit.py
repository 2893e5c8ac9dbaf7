"""The auditor's and the sweeper's questions to the ledger: positions, gaps, and applications to be decided again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from app.ledger.intake import WORLD_LOCK, OnFault
from app.ledger.pool import Backoff, Pool, Row, persist, unlock
from app.ledger.queries import query

Round = Literal["audit", "sweep", "repair"]
Due = Literal["due", "reconnected", "to_erase"]
Place = tuple[str, int]  # topic, partition

_LOCK_SPACE: Final = 7_021
_DISTRUST_S: Final = 86_400.0  # as old as a copy may be
_ROUNDS: Final[dict[Round, int]] = {"audit": 1, "sweep": 2, "repair": 3}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    next_offset: int
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Offsets the ledger never saw, up to, without, `to_offset`."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestCounts:
    gaps: int = 0
    unpublished: int = 0
    unpublished_oldest_s: float = 0.0
    dead_letters: int = 0


class AuditLedger:
    """Each method is one short transaction, repeated while the database is away."""

    def __init__(self, pool: Pool, *, on_fault: OnFault | None = None, backoff: Backoff | None = None) -> None:
        self._pool = pool
        self._on_fault = on_fault
        self._backoff = backoff

    @asynccontextmanager
    async def alone(self, name: Round) -> AsyncIterator[bool]:
        """Whether no other process does this round now. Given back with the session, however this process ends."""
        async with self._pool.acquire() as session:
            try:
                yield await session.fetchval(query("audit", "try_alone"), _LOCK_SPACE, _ROUNDS[name])
            finally:
                await unlock(session)

    async def watermarks(self) -> dict[Place, Watermark]:
        rows = await self._fetch("watermarks")
        return {
            (row["topic"], row["partition"]): Watermark(next_offset=row["next_offset"], moved_at=row["updated_at"])
            for row in rows
        }

    async def note(self, committed: Mapping[Place, int]) -> int:
        """Whatever lies between a watermark and what was committed becomes an open gap; returns how many did."""
        places = sorted(committed)
        arguments = ([t for t, _ in places], [p for _, p in places], [committed[place] for place in places])
        found: int = await self._persist(lambda: self._pool.fetchval(query("audit", "note"), *arguments))
        return found

    async def is_older_than(self, told: int) -> bool:
        """Whether message `told` of the outbox went out and this ledger has not come to it: it is an older copy.

        Then it goes on counting after that message, and for a day looks before it sends (see docs/restore.md).
        """

        async def once() -> bool:
            async with self._pool.acquire() as session, session.transaction():
                return bool(await session.fetchval(query("audit", "catch_up"), told, _DISTRUST_S))

        return await self._persist(once)

    async def rewind(self, place: Place, next_offset: int) -> None:
        await self._execute("rewind", *place, next_offset)

    async def open_gaps(self, limit: int) -> list[Gap]:
        return [Gap(**dict(row)) for row in await self._fetch("open_gaps", limit)]

    async def fill(self, gap: Gap, records: int) -> None:
        await self._execute("fill", gap.topic, gap.partition, gap.from_offset, gap.to_offset, records)

    async def applications(self, which: Due, limit: int) -> list[str]:
        return [row["application_id"] for row in await self._fetch(which, limit)]

    async def unintended(self, limit: int) -> dict[str, bool]:
        """Applications whose decision and deliveries disagree; True where the delivery is missing altogether."""
        return {row["application_id"]: row["lost"] for row in await self._fetch("unintended", limit)}

    async def mark_stale(self, since: datetime) -> datetime:
        """Have everything decided again that was decided under an older policy of a connection changed since then.

        Returns when it looked, by the clock that also dates the changes: ours may run ahead of it.
        """

        async def once() -> datetime:
            async with self._pool.acquire() as connection, connection.transaction():
                looked_at: datetime = await connection.fetchval(query("intake", "begin_alone"), WORLD_LOCK)
                await connection.execute(query("audit", "mark_stale"), since)
                return looked_at

        return await self._persist(once)

    async def counts(self) -> IngestCounts:
        rows = await self._fetch("counts")
        return IngestCounts(**dict(rows[0]))

    async def _fetch(self, name: str, *arguments: Any) -> Sequence[Row]:
        rows: Sequence[Row] = await self._persist(lambda: self._pool.fetch(query("audit", name), *arguments))
        return rows

    async def _execute(self, name: str, *arguments: Any) -> None:
        await self._persist(lambda: self._pool.execute(query("audit", name), *arguments))

    async def _persist(self, operation: Callable[[], Awaitable[_T]]) -> _T:
        return await persist(operation, backoff=self._backoff, on_fault=self._on_fault)
