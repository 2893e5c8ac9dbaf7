"""What the agents do: hand batches to the sink, remember the facts it returns, and only then acknowledge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, Protocol

from schemas.record import Record
from streams.batches import BatchLimits, BatchReader, acknowledge, records_of

if TYPE_CHECKING:
    from faust.types import AppT, StreamT

Die = Callable[[str], NoReturn]


class Known(Protocol):
    def get(self, application_id: str, /) -> bytes | None: ...


class Outcome(Protocol):
    @property
    def facts(self) -> Mapping[str, bytes]:
        """Canonical JSON of facts that are new, by application."""
        ...


class Sink(Protocol):
    async def apply(self, records: Sequence[Record], known: Known, /) -> Outcome:
        """Returns when all of it is durable. Waits for as long as it must; raises only what nobody foresaw."""
        ...


class Memory(Known, Protocol):
    async def put(self, facts: Mapping[str, bytes], partitions: Mapping[str, int], /) -> None: ...


def agent(
    app: AppT, sink: Sink, memory: Memory, limits: BatchLimits, die: Die
) -> Callable[[StreamT[bytes]], Awaitable[None]]:
    """An agent's body. It never raises and is never left half-way: Faust would acknowledge what it was doing.

    Whatever nobody foresaw, and a cancellation in the middle of a batch, end the process at once; nothing is
    acknowledged then, and the next start reads the batch again.
    """

    async def run(stream: StreamT[bytes]) -> None:
        await stream.maybe_start()
        reader = BatchReader(app, stream, limits)
        while True:
            try:
                events = await reader.next()
            except StopAsyncIteration:  # how Faust tells an idle agent that the worker stops
                return
            try:
                records = records_of(events)
                outcome = await sink.apply(records, memory)
                await memory.put(outcome.facts, _partitions(records))
            except asyncio.CancelledError:
                die("cancelled_in_batch")
            except BaseException as exc:  # noqa: BLE001 - see above
                die(type(exc).__name__)
            acknowledge(events)

    return run


def _partitions(records: Sequence[Record]) -> dict[str, int]:
    """Where each key of the batch lives. The keys of undecodable records are nobody's."""
    return {record.key.decode(errors="replace"): record.partition for record in records if record.key}
