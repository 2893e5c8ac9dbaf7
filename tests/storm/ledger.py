"""How far the service is, and what is in its topics and its ledger when it says that it is done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.demo.verify import Placed, placed
from app.ledger.pool import Backoff, Pool, persist
from app.ledger.standing import Ledger
from streams.topics import SOURCE_TOPICS

Position = tuple[str, int, int]  # topic, partition, offset
_BACKOFF: Final = Backoff(cap_s=0.3)
_SILENCE_S: Final = 2.0
_READ_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`ingested`: offsets the watermarks have passed; `ended`: creates that ended; `open`: whatever has yet to end."""

    ingested: int
    ended: int
    open: int
    gaps: int


async def ask(pool: Pool, query: str, *arguments: Any) -> Any:
    """One value, however long the database is away."""
    return await persist(lambda: pool.fetchval(query, *arguments), backoff=_BACKOFF)


async def progress(pool: Pool) -> Progress:
    async def once() -> Progress:
        row = await pool.fetchrow(
            """select (select coalesce(sum(next_offset), 0) from ingest_offset)::int as ingested,
                 (select count(*) from delivery
                  where state in ('delivered', 'dead', 'parked', 'cancelled'))::int as ended,
                 (select count(*) from ingest_gap where filled_at is null)::int as gaps"""
        )
        left = await Ledger(pool).unsettled()
        return Progress(**dict(row or {}), open=left.deliveries + left.decisions)

    return await persist(once, backoff=_BACKOFF)


async def positions(pool: Pool) -> dict[tuple[str, int], int]:
    """The watermarks."""
    rows = await persist(
        lambda: pool.fetch("select topic, partition, next_offset from ingest_offset"), backoff=_BACKOFF
    )
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def buckets(pool: Pool) -> dict[str, Placed]:
    """The one bucket of every application the ledger has heard of."""
    rows = await persist(lambda: Ledger(pool).applications(), backoff=_BACKOFF)
    return {row.application_id: placed(row) for row in rows}


async def dead_letters(pool: Pool) -> dict[Position, str]:
    """Code by position."""
    rows = await persist(
        lambda: pool.fetch('select topic, partition, "offset", code from dead_letter'), backoff=_BACKOFF
    )
    return {(row["topic"], row["partition"], row["offset"]): row["code"] for row in rows}


async def tally(pool: Pool, query: str) -> Counter[str]:
    """A query of names and numbers."""
    rows = await persist(lambda: pool.fetch(query), backoff=_BACKOFF)
    return Counter({" ".join(str(value) for value in tuple(row)[:-1] if value is not None): row[-1] for row in rows})


async def describe(bootstrap: str) -> list[dict[str, Any]]:
    """Every topic, as the broker tells it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found: list[dict[str, Any]] = await admin.describe_topics()
    finally:
        await admin.close()
    return found


async def read_topics(bootstrap: str, topics: Sequence[str] = SOURCE_TOPICS) -> list[ConsumerRecord[bytes, bytes]]:
    """Everything on them, by a reader that has nothing in common with the service."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        places = [
            TopicPartition(one["topic"], part["partition"])
            for one in await describe(bootstrap)
            if one["topic"] in topics
            for part in one["partitions"]
        ]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        return await _to_the_end(consumer, places)
    finally:
        await consumer.stop()


async def _to_the_end(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]
) -> list[ConsumerRecord[bytes, bytes]]:
    found: list[ConsumerRecord[bytes, bytes]] = []
    until, heard_at = time.monotonic() + _READ_S, time.monotonic()
    while time.monotonic() < until:
        try:
            batch = await consumer.getmany(timeout_ms=300)
        except KafkaError:
            await asyncio.sleep(0.2)
            continue
        records = [record for some in batch.values() for record in some]
        found += records
        heard_at = time.monotonic() if records else heard_at
        if time.monotonic() - heard_at > _SILENCE_S and await _at_the_end(consumer, places):
            return found
    raise AssertionError("the topics could not be read to their end")


async def _at_the_end(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> bool:
    """A mark the consumer has not heard of yet means a partition that it could not fetch: not the end."""
    marks = [(consumer.highwater(tp), await consumer.position(tp)) for tp in places]
    return all(mark is not None and position >= mark for mark, position in marks)
