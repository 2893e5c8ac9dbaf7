"""Refused records: listed, shown, counted, handed back for a replay; their bytes go when nobody needs them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.ledger.pool import Pool, Row
from app.ledger.queries import query
from schemas.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A refused record without its bytes. `key` as text where it is text."""

    id: int
    topic: str
    partition: int
    offset: int
    code: str
    reason: str
    path: str
    key: str | None
    size_bytes: int | None
    seen_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ones: None means any."""

    code: str | None = None
    topic: str | None = None
    waiting: bool | None = None


class DeadLetters:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def list(self, wanted: Wanted, limit: int) -> Sequence[DeadLetter]:
        """The newest first."""
        rows = await self._pool.fetch(query("dead_letters", "list"), wanted.code, wanted.topic, wanted.waiting, limit)
        return [DeadLetter(**{**dict(row), "key": _text(row["key"])}) for row in rows]

    async def show(self, dead_letter_id: int) -> tuple[DeadLetter, Record] | None:
        """One of them with the record as it was received; its bytes may be gone by now."""
        row = await self._pool.fetchrow(query("dead_letters", "show"), dead_letter_id)
        if row is None:
            return None
        values: dict[str, Any] = {name: row[name] for name in DeadLetter.__dataclass_fields__ if name in row}
        size = None if row["value"] is None else len(row["value"])
        return DeadLetter(**{**values, "key": _text(row["key"]), "size_bytes": size}), _record(row)

    async def records(self, ids: Sequence[int]) -> dict[int, Record]:
        """The records of those whose bytes are still here, to go through `Intake.reapply` again."""
        rows = await self._pool.fetch(query("dead_letters", "to_replay"), ids)
        return {row["id"]: _record(row) for row in rows}

    async def mark_replayed(self, ids: Sequence[int]) -> None:
        await self._pool.execute(query("dead_letters", "replayed"), ids)


def _record(row: Row) -> Record:
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        key=row["key"],
        value=row["value"],
        timestamp_ms=row["timestamp_ms"],
        headers=tuple((name, base64.b64decode(value)) for name, value in row["headers"] or ()),
    )


def _text(key: bytes | None) -> str | None:
    return None if key is None else key.decode(errors="replace")
