"""A delivery's key from its beginning, which is what a narrow terminal shows of it."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from app.ledger.pool import Pool
from app.ledger.queries import query

_DIGITS: Final = 32


def range_of(text: str) -> tuple[UUID, UUID] | None:
    """The first and the last key that begin so; None where the text begins no key, or fewer than 8 digits of one."""
    digits = text.replace("-", "").lower()
    if not re.fullmatch(rf"[0-9a-f]{{8,{_DIGITS}}}", digits):
        return None
    return UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f"))


async def beginning(pool: Pool, first: UUID, last: UUID) -> list[UUID]:
    """The deliveries whose keys are in that range, two at most."""
    return [row["key"] for row in await pool.fetch(query("keys", "beginning"), first, last)]
