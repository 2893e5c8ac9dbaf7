"""One record every moment for every partition, and how long each of them stood still when something was done."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from app.ledger.pool import Pool
from schemas.codec import encode
from schemas.events import STATUS
from tests.storm.ledger import positions
from tests.storm.producing import producing

_EVERY_S: Final = 0.05
_BEATS: Final = 100  # of one application: its history is folded anew with each


@dataclass(slots=True, kw_only=True)
class Pulse:
    """`moved`: when each partition's watermark was last seen to move; `worst_s`: its longest standstill since `reset`.

    The applications it speaks of have no snapshot, so nobody is ever delivered because of it.
    """

    pool: Pool
    partitions: int
    worst_s: dict[int, float] = field(default_factory=dict)
    _moved: dict[int, float] = field(default_factory=dict)
    _marks: dict[int, int] = field(default_factory=dict)
    _since: float = 0.0

    def reset(self) -> None:
        self.worst_s = dict.fromkeys(range(self.partitions), 0.0)
        self._moved = dict.fromkeys(range(self.partitions), time.monotonic())

    async def beat(self, bootstrap: str) -> None:
        """Until it is cancelled. A record that is not taken is no loss: the next one comes."""
        async with producing(bootstrap) as producer:
            for part in itertools.count():
                keys = _keys(self.partitions, part)
                for number in range(_BEATS):
                    for key in keys:
                        await _send(producer, key, number)
                    await asyncio.sleep(_EVERY_S)

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            self._compare(await positions(self.pool))
            await asyncio.sleep(_EVERY_S)

    def _compare(self, marks: Mapping[tuple[str, int], int]) -> None:
        now = time.monotonic()
        for partition in self._moved:
            mark = marks.get((STATUS, partition), 0)
            self.worst_s[partition] = max(self.worst_s[partition], now - self._moved[partition])
            if mark > self._marks.get(partition, 0):
                self._moved[partition] = now
            self._marks[partition] = mark


@asynccontextmanager
async def pulse(bootstrap: str, pool: Pool, partitions: int) -> AsyncIterator[Pulse]:
    """Beats and is watched for the length of the block."""
    async with watched(pool, partitions) as made, _running(made.beat(bootstrap)):
        yield made


@asynccontextmanager
async def watched(pool: Pool, partitions: int) -> AsyncIterator[Pulse]:
    """Somebody else has to see to it that every partition has something to read."""
    made = Pulse(pool=pool, partitions=partitions)
    made.reset()
    async with _running(made.watch()):
        yield made


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _send(producer: AIOKafkaProducer, key: bytes, number: int) -> None:
    now = datetime.now(UTC)
    value = {"application_id": key.decode(), "status": "new", "sequence": number, "occurred_at": now.isoformat()}
    try:
        await producer.send(STATUS, value=encode(value), key=key)
    except KafkaError:
        return


def _keys(partitions: int, part: int) -> list[bytes]:
    """A key for each partition, as the default partitioner sees it."""
    found: dict[int, bytes] = {}
    numbers = itertools.count()
    while len(found) < partitions:
        key = f"pulse-{part}-{next(numbers)}".encode()
        found.setdefault((murmur2(key) & 0x7FFFFFFF) % partitions, key)
    return list(found.values())
