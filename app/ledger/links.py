"""What links lead to: one delivery's PDF, while the ledger says that its ATS may come for it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.ledger.journal import within
from app.ledger.pool import Pool
from app.ledger.queries import query

_PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPdfs:
    """`open_after_s`: how long after the last call of an ended delivery."""

    pool: Pool
    open_after_s: float

    async def find(self, key: UUID, *, fetched: bool) -> bytes | None:
        """None where there is none, or it is not to be had. `fetched`: it is handed out now, which is noted.

        Raises LedgerAway when the database does not answer in time.
        """

        async def once() -> bytes | None:
            content: bytes | None = await self.pool.fetchval(query("links", "open"), key, self.open_after_s, fetched)
            return content

        return await within(time.monotonic() + _PATIENCE_S, once)
