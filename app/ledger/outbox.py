"""Results on their way to Kafka: taken by one relay at a time, marked in the transaction that holds them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.ledger.pool import Connection, Pool, Row
from app.ledger.queries import query

Header = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One record to publish. `dead_letter`: it is the copy of a refused record, with its own headers and ours."""

    id: int
    topic: str
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: tuple[Header, ...] = field(default=(), repr=False)
    dead_letter: bool = False


class Taken:
    """Messages held by this transaction: nobody else publishes them meanwhile."""

    def __init__(self, connection: Connection, messages: Sequence[Message]) -> None:
        self._connection = connection
        self.messages = messages

    async def published(self, ids: Sequence[int]) -> None:
        await self._connection.execute(query("outbox", "published"), ids)


class Outbox:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def take(self, limit: int, size_bytes: int) -> AsyncIterator[Taken]:
        """The oldest unpublished messages, one at least. Committed when the block ends; an error gives them back."""
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(query("outbox", "unpublished"), limit, size_bytes)
            yield Taken(connection, [_message(row) for row in rows])


def _message(row: Row) -> Message:
    refused = row["code"] is not None
    return Message(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        value=row["value"],
        headers=_headers(row) if refused else (),
        dead_letter=refused,
    )


def _headers(row: Row) -> tuple[Header, ...]:
    """The record's own, then where it was and why it was refused."""
    own = tuple((name, base64.b64decode(value)) for name, value in row["headers"] or ())
    place = {"topic": row["of_topic"], "partition": row["of_partition"], "offset": row["of_offset"]}
    said = {**place, "reason": row["code"], "path": row["path"]}
    return own + tuple((f"ats-sync-{name}", str(value).encode()) for name, value in said.items())
