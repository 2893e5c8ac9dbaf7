"""Publishes record by record with its position, and tells how long each partition took to have it in the ledger."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from app.ledger.pool import Pool
from schemas.record import Record
from tests.storm.ledger import Position, positions
from tests.storm.waiting import until

_POLL_S: Final = 0.1


@dataclass(slots=True, kw_only=True)
class Lag:
    """`worst_s`: the longest that a partition held a record which was not in the ledger yet."""

    pool: Pool
    worst_s: float = 0.0
    refused: int = 0  # by the broker itself
    _waiting: dict[tuple[str, int], deque[tuple[int, float]]] = field(default_factory=lambda: defaultdict(deque))

    async def publish(self, producer: AIOKafkaProducer, records: Sequence[Record]) -> list[Position | None]:
        """Where each of them is; None where the broker would not have it."""
        return [await self._send(producer, record) for record in records]

    async def measure(self) -> None:
        """Until it is cancelled."""
        while True:
            self._compare(await positions(self.pool))
            await asyncio.sleep(_POLL_S)

    async def until_read(self) -> None:
        await until(lambda: not any(self._waiting.values()))

    def _compare(self, marks: dict[tuple[str, int], int]) -> None:
        now = time.monotonic()
        for place, waiting in self._waiting.items():
            while waiting and waiting[0][0] < marks.get(place, 0):
                self.worst_s = max(self.worst_s, now - waiting.popleft()[1])
            if waiting:
                self.worst_s = max(self.worst_s, now - waiting[0][1])

    async def _send(self, producer: AIOKafkaProducer, record: Record) -> Position | None:
        try:
            sent: Any = await producer.send_and_wait(
                record.topic, value=record.value, key=record.key, timestamp_ms=record.timestamp_ms
            )
        except MessageSizeTooLargeError:
            self.refused += 1
            return None
        self._waiting[sent.topic, sent.partition].append((sent.offset, time.monotonic()))
        return sent.topic, sent.partition, sent.offset
