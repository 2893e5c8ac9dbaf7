"""Takes what waits in an agent's stream as one batch, and acknowledges it only when told that it is done.

Faust's own `take` runs a second task per stream and acknowledges a batch whatever became of it (delivery.md section 2).
This reads the same queue with the same care for a rebalance: an event counts as in flight from the moment it leaves the
queue, so that a rebalance and a stop wait for it; an event of an assignment that is over is left alone, neither handled
nor acknowledged, since whoever has the partition now reads it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faust.types import AppT, EventT, StreamT

from schemas.record import Record

_LATEST_MS = 2**63 - 1  # Faust's seconds are floats, which round the last of these up


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """A batch ends at either size, or when no more came for `linger_s`. One event may be larger by itself.

    Each batch is one transaction, whose cost hardly depends on its size: lingering pays as soon as events are many.
    """

    events: int = 500
    size_bytes: int = 8_000_000
    linger_s: float = 0.01


class BatchReader:
    """The batches of one stream, in the order of each partition. Only for an agent with concurrency 1."""

    def __init__(self, app: AppT, stream: StreamT[bytes], limits: BatchLimits) -> None:
        self._app = app
        channel: Any = stream.channel
        self._queue = channel.queue
        self._limits = limits
        self._size_bytes = 0

    async def next(self) -> list[EventT[bytes]]:
        """At least one event; waits for it."""
        taken: list[EventT[bytes]] = []
        while not taken:
            self._take(await self._queue.get(), taken)
        size = 0
        while len(taken) > size and not self._is_full(taken):
            size = len(taken)
            while not self._queue.empty() and not self._is_full(taken):
                self._take(self._queue.get_nowait(), taken)
            await asyncio.sleep(self._limits.linger_s)
        return taken

    def _take(self, event: EventT[bytes], taken: list[EventT[bytes]]) -> None:
        if self._belongs_to_us(event):
            taken.append(event)
            self._size_bytes = len(event.message.value or b"") + (self._size_bytes if len(taken) > 1 else 0)

    def _is_full(self, taken: Sequence[EventT[bytes]]) -> bool:
        return len(taken) >= self._limits.events or self._size_bytes >= self._limits.size_bytes

    def _belongs_to_us(self, event: EventT[bytes]) -> bool:
        message = event.message
        if not self._app.flow_control.is_active() or message.generation_id != self._app.consumer_generation_id:
            return False
        if not message.tracked:
            message.tracked = True
            self._app.consumer.track_message(message)
        return True


def acknowledge(events: Iterable[EventT[bytes]]) -> None:
    """Their offsets may be committed now."""
    for event in events:
        event.ack()


def records_of(events: Sequence[EventT[bytes]]) -> list[Record]:
    """The events as they were received: bytes, position and the broker's own timestamp."""
    return [_record_of(event) for event in events]


def _record_of(event: EventT[bytes]) -> Record:
    message = event.message
    headers: Any = message.headers or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        timestamp_ms=min(round((message.timestamp or 0) * 1000), _LATEST_MS),
        headers=tuple((str(name), bytes(value or b"")) for name, value in pairs),
    )
