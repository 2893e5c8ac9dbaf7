"""The topics we read, from their beginnings to where they end now, as lines; beside every consumer group."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from app.intake.log_reader import LogReader, LogUnreachable
from app.ledger.audit import Gap
from app.publish import bootstrap_of, no_broker
from app.settings import Settings
from app.wiring.offline import read_records
from schemas.errors import ConfigError
from schemas.record import Record
from streams.topics import SOURCE_TOPICS

_BATCH = 500


async def batches(lines: Iterable[bytes] | None, settings: Settings) -> AsyncIterator[list[Record]]:
    """Those of a recording, or where there is none, `records`. Raises ConfigError where a line of it is no record."""
    if lines is None:
        async for batch in records(settings):
            yield batch
        return
    found, refused = read_records(lines)
    if refused:
        raise ConfigError(f"{len(refused)} lines of the recording are no records: make it again with `ats-sync record`")
    for start in range(0, len(found), _BATCH):
        yield found[start : start + _BATCH]


async def records(settings: Settings) -> AsyncIterator[list[Record]]:
    """In batches, partition by partition, each in its order. Raises Unreachable when the broker does not answer."""
    bootstrap = bootstrap_of(settings.kafka_url)
    try:
        async with LogReader(bootstrap, group=settings.consumer_group) as reader:
            found = await reader.positions(SOURCE_TOPICS)
            for place, end in sorted(found.ends.items()):
                topic, partition = place
                gap = Gap(topic=topic, partition=partition, from_offset=found.starts[place], to_offset=end)
                async for batch in reader.read(gap, batch=_BATCH):
                    yield batch
    except LogUnreachable:
        raise no_broker(bootstrap) from None
