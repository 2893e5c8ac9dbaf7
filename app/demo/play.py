"""Publishes a history wave by wave, each when the one before has been worked off, and reads what became of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from app.demo.ats import Ats
from app.demo.history import History
from app.demo.values import LATER
from app.demo.verify import Found, differences
from app.ledger.pool import persist
from app.ledger.standing import Ledger, Standing
from app.publish import publish_records
from schemas.errors import ConfigError
from schemas.record import Record
from streams.topics import SOURCE_TOPICS

_POLL_S: Final = 0.4
_QUIET_S: Final = 2.0  # nothing may come after the end
_STALLED_S: Final = 60.0  # the history's own waits are over sooner


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How far a play is. `records` and `expected`: how many records and deliveries there are to be in the end."""

    records: int
    published: int
    ingested: int
    applications: int
    delivered: int
    expected: int
    pending: int
    faults: int


class Watcher(Protocol):
    """Told about each moment; raises when it is no use to go on."""

    def __call__(self, moment: Moment, /) -> None: ...


@dataclass(slots=True)
class _Seen:
    """Tells when the same differences have stood for so long that nobody will mend them."""

    wrong: list[str] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def at_rest(self, wrong: list[str], *, at_rest: bool) -> bool:
        if wrong != self.wrong or not at_rest:
            self.wrong, self.since = wrong, time.monotonic()
        return time.monotonic() - self.since > _STALLED_S


@dataclass(slots=True)
class Play:
    """One history on one running service. `rate`: records a second; `published` counts by topic."""

    written: History
    bootstrap: str
    ledger: Ledger
    ats: Ats
    watch: Watcher
    limit_s: float = 300.0
    rate: float | None = None
    published: Counter[str] = field(default_factory=Counter)

    async def perform(self, order: Callable[[int, list[Record]], list[Record]] = lambda _, wave: wave) -> list[str]:
        """All waves, then what differs from the manifest. `order` may shuffle and repeat the records of a wave.

        Empty if all is as it should be.
        """
        for number, wave in enumerate(self.written.waves):
            try:
                if number >= LATER:
                    await self._until(self._settled)
                await self._take_in(order(number, list(wave)))
            except TimeoutError:
                late = f"wave {number} was not worked off in {self.limit_s:.0f} s"
                return [late, *differences(self.written.manifest, await self.found())]
        return await self._end()

    async def publish(self, records: Iterable[Record]) -> None:
        found = list(records)
        self.published.update(record.topic for record in found)
        await publish_records(found, bootstrap=self.bootstrap, rate=self.rate)

    async def found(self) -> Found:
        """The ledger and the ATS at this moment."""
        applications = await persist(self.ledger.applications)
        return Found(
            applications={one.application_id: one for one in applications},
            dead_letters=await persist(self.ledger.dead_letters),
            accounts=self.ats.accounts(),
        )

    async def _end(self) -> list[str]:
        """Until nothing differs, nothing moves any more, or the limit; and then a little longer: late comers count."""
        seen = _Seen()

        async def over() -> bool:
            wrong = differences(self.written.manifest, await self.found())
            at_rest = await self._settled()
            return seen.at_rest(wrong, at_rest=at_rest) or not wrong

        with suppress(TimeoutError):
            await self._until(over)
            await asyncio.sleep(_QUIET_S)
        return differences(self.written.manifest, await self.found())

    async def _until(self, reached: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(self.limit_s):
            while not await reached():
                self.watch(await self._moment())
                await asyncio.sleep(_POLL_S)

    async def _take_in(self, records: list[Record]) -> None:
        """Published, and in the ledger; watched meanwhile."""
        try:
            async with asyncio.TaskGroup() as tasks:
                publishing = tasks.create_task(self.publish(records))
                await self._until(partial(self._taken_in, publishing))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _taken_in(self, publishing: asyncio.Task[None]) -> bool:
        if not publishing.done():
            return False
        there = await persist(self.ledger.ingested)
        return all(there.get(topic, 0) >= count for topic, count in self.published.items())

    async def _settled(self) -> bool:
        left = await persist(self.ledger.unsettled)
        return not left.deliveries and not left.decisions

    async def _moment(self) -> Moment:
        applications: list[Standing] = await persist(self.ledger.applications)
        states = Counter(one.create_state for one in applications)
        manifest = self.written.manifest
        return Moment(
            records=sum(len(wave) for wave in self.written.waves),
            published=self.published.total(),
            ingested=sum((await persist(self.ledger.ingested)).values()),
            applications=len(applications),
            delivered=states["delivered"],
            expected=sum(len(manifest.arrivals(account)) for account in manifest.accounts),
            pending=(await persist(self.ledger.unsettled)).deliveries,
            faults=self.ats.faults_met(),
        )


async def refuse_used_topics(bootstrap: str) -> None:
    """Raises ConfigError where the source topics hold records already: those would be counted with ours."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(await _partitions(bootstrap))
    finally:
        await consumer.stop()
    used = sorted({partition.topic for partition, end in ends.items() if end})
    if used:
        raise ConfigError(f"the demo needs a broker with nothing of ours on it; not empty: {', '.join(used)}")


async def _partitions(bootstrap: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics(list(SOURCE_TOPICS))
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], one["partition"]) for topic in topics for one in topic["partitions"]]
