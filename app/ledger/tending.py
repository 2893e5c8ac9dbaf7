"""What must be done for deliveries that nobody holds: park, expire, shut for good, and let go of what has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.delivery.breaker import OPEN_TOO_LONG_S
from app.ledger.pool import Pool
from app.ledger.queries import query
from app.ledger.results import tell
from app.links import OPEN_AFTER_S

_FILE: Final = "tending"
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long what has ended stays. Tombstones, decisions and operators' actions stay for ever."""

    artifacts_s: float = 0.0
    links_s: float = OPEN_AFTER_S  # a PDF that an ATS of `fetching` may still come for
    fetching: tuple[str, ...] = ()  # the vendors that fetch
    deliveries_s: float = 400 * _DAY_S
    attempts_s: float = 90 * _DAY_S
    outbox_s: float = 7 * _DAY_S
    refused_s: float = 30 * _DAY_S  # the bytes of refused records; where and why stays
    batch: int = 1_000


class Tending:
    """Every call is one small transaction, safe to repeat and to run in several processes at once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def park_paused(self) -> int:
        """How many deliveries of paused connections were parked."""
        return len(await self._pool.fetch(query(_FILE, "park_paused")))

    async def shut_for_good(self) -> list[str]:
        """The connections whose breaker was open for a whole day, now paused."""
        rows = await self._pool.fetch(query(_FILE, "shut_for_good"), OPEN_TOO_LONG_S)
        return [row["connection"] for row in rows]

    async def expire(self) -> int:
        """How many deliveries ran out of time and are dead now."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(query(_FILE, "expire"))
            for row in rows:
                await tell(connection, row)
            return len(rows)

    async def purge(self, kept: Kept) -> int:
        """Keeps the hot tables small: everything that is due, in batches, each a transaction of its own.

        How many PDFs went that their ATS never came for.
        """
        due = {
            "purge_attempts": kept.attempts_s,
            "purge_ended": kept.deliveries_s,
            "purge_outbox": kept.outbox_s,
            "purge_refused": kept.refused_s,
        }
        for name, older_than_s in due.items():
            while await self._pool.fetchval(query(_FILE, name), older_than_s, kept.batch) >= kept.batch:
                pass
        return await self._purge_artifacts(kept)

    async def _purge_artifacts(self, kept: Kept) -> int:
        asked, unfetched, full = query(_FILE, "purge_artifacts"), 0, True
        while full:
            row = await self._pool.fetchrow(asked, kept.artifacts_s, kept.batch, list(kept.fetching), kept.links_s)
            unfetched += row["unfetched"] if row else 0
            full = row is not None and row["n"] >= kept.batch
        return unfetched
