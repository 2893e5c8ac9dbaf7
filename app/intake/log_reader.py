"""Reads the topics beside the consumer group: positions, and ranges that have to be read again. Plain aiokafka."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.ledger.audit import Gap, Place
from schemas.record import Record
from streams.stumbles import is_stumble

_POLL_MS = 500
_LOOK_MS = 50  # how long a fetch waits for records that may not be there
_START_S = 150.0  # a client gives each of three brokers 40 s to answer its first call
_STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Per partition: first and next offset of the log, and what the group has committed (absent: nothing)."""

    starts: dict[Place, int]
    ends: dict[Place, int]
    committed: dict[Place, int]


class LogUnreachable(Exception):  # noqa: N818 - named for what it is
    """The broker did not answer in time: try again later."""


class LogReader:
    """Joins no group and commits nothing."""

    def __init__(self, bootstrap: str, *, group: str, patience_s: float = 10.0) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._patience_s = patience_s

    async def __aenter__(self) -> Self:
        self._consumer: AIOKafkaConsumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=_LOOK_MS,
        )
        self._admin: AIOKafkaAdminClient = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            with _reaching():
                async with asyncio.timeout(_START_S):
                    await self._consumer.start()
                    await self._admin.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        with _reaching():
            async with asyncio.timeout(_STOP_S):
                try:
                    await self._consumer.stop()
                finally:
                    await self._admin.close()

    async def positions(self, topics: Sequence[str]) -> Positions:
        """What the group committed is asked for first: the log's ends can only be further. Raises LogUnreachable."""
        with _reaching():
            async with asyncio.timeout(self._patience_s):
                # Asked of the broker: a consumer knows only topics it was assigned.
                places = [
                    TopicPartition(topic["topic"], partition["partition"])
                    for topic in await self._admin.describe_topics()
                    if topic["topic"] in topics
                    for partition in topic["partitions"]
                ]
                offsets: dict[TopicPartition, Any] = await self._admin.list_consumer_group_offsets(
                    self._group, partitions=places
                )
                starts = await self._consumer.beginning_offsets(places)
                ends = await self._ends(places)
        committed = {_place(tp): found.offset for tp, found in offsets.items() if tp in ends and found.offset >= 0}
        return Positions(
            starts={_place(tp): offset for tp, offset in starts.items()},
            ends={_place(tp): offset for tp, offset in ends.items()},
            committed=committed,
        )

    async def _ends(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Each log's end as a fetch tells it: asked for by itself, the embedded broker counts its last batch as one."""
        ends = await self._consumer.end_offsets(places)
        self._consumer.assign(places)
        for tp, end in ends.items():
            self._consumer.seek(tp, end)
        unknown = set(places)
        while unknown:
            await self._consumer.getmany(timeout_ms=_LOOK_MS)
            unknown = {tp for tp in unknown if self._consumer.highwater(tp) is None}
        return {tp: max(end, self._consumer.highwater(tp) or 0) for tp, end in ends.items()}

    async def read(self, gap: Gap, *, batch: int) -> AsyncIterator[list[Record]]:
        """The records that are left of a range, in batches. Raises LogUnreachable when its end cannot be had now."""
        tp = TopicPartition(gap.topic, gap.partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, gap.from_offset)
        silent_since = asyncio.get_running_loop().time()
        while await self._position(tp) < gap.to_offset:
            found = await self._poll(tp, batch)
            records = [_record(one) for one in found if one.offset < gap.to_offset]
            if records:
                yield records
            if found:
                silent_since = asyncio.get_running_loop().time()
            elif asyncio.get_running_loop().time() - silent_since > self._patience_s:
                raise LogUnreachable

    async def _position(self, tp: TopicPartition) -> int:
        with _reaching():
            async with asyncio.timeout(self._patience_s):
                position: int = await self._consumer.position(tp)
        return position

    async def _poll(self, tp: TopicPartition, batch: int) -> list[ConsumerRecord[bytes, bytes]]:
        with _reaching():
            found = await self._consumer.getmany(tp, timeout_ms=_POLL_MS, max_records=batch)
        return list(found.get(tp, ()))


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    """What the broker, or a client that lost it, raises in here is LogUnreachable."""
    try:
        yield
    except Exception as exc:
        if isinstance(exc, KafkaError | OSError | TimeoutError) or is_stumble(exc):
            raise LogUnreachable from exc
        raise


def _place(tp: TopicPartition) -> Place:
    return tp.topic, tp.partition


def _record(found: ConsumerRecord[bytes, bytes]) -> Record:
    return Record(
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        key=found.key,
        value=found.value,
        timestamp_ms=found.timestamp,
        headers=tuple(found.headers),
    )
