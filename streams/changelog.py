"""The facts table's changelog, written one batch per partition and waited for; the only file that produces."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.stumbles import is_stumble

_BATCH_BYTES = 1_000_000  # a partition's part of one batch of events fits; what does not fit goes as a second one

Rows = Mapping[bytes, bytes]


class ChangelogWriter:
    """Waits for what it writes: Faust does not, and commits the source although changes may be lost (delivery.md 2).

    This returns when the broker has acknowledged all of them. A repeat or a late older value is harmless: the table
    only saves reads, so no idempotent producer is asked of the broker.
    """

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            max_batch_size=_BATCH_BYTES,
            max_request_size=_BATCH_BYTES * 2,
        )
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._producer:
            await self._producer.stop()

    async def write(self, rows: Mapping[int, Rows]) -> bool:
        """Last values per key, by partition. False when the broker did not take them all: the table misses those."""
        try:
            sent = [await future for partition, part in rows.items() for future in await self._send(partition, part)]
        except (KafkaError, OSError, TimeoutError):
            return False
        except Exception as exc:
            if not is_stumble(exc):
                raise
            return False
        return bool(sent) or not rows

    async def _send(self, partition: int, rows: Rows) -> list[asyncio.Future[object]]:
        producer = self._producer
        if producer is None:
            raise RuntimeError("the changelog is not open")
        futures = []
        batch = producer.create_batch()
        for key, value in rows.items():
            if batch.append(key=key, value=value, timestamp=None) is None:
                futures.append(await producer.send_batch(batch, self._topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        futures.append(await producer.send_batch(batch, self._topic, partition=partition))
        return futures
