"""A place, its processes and a stream of applications that goes on while a test does something to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.storm.fleet import Fleet, fleet
from tests.storm.load import Load, accounts
from tests.storm.place import Kafka, Place, place
from tests.storm.run import Watch, publish, until_rest
from tests.storm.story import keep, keep_logs
from tests.storm.verdict import Verdict, judge
from tests.storm.waiting import until

_PART: Final = 20
_ENDLESS: Final = 1_000_000
_POLL_S: Final = 0.1
# For tests in which nothing of ours may be late: a machine that is busy is no fault of the ATS.
PATIENT: Final[Mapping[str, str]] = {"HTTP_TIMEOUT_S": "20", "UPLOAD_TIMEOUT_S": "20", "LEASE_S": "60"}


@dataclass(slots=True, kw_only=True)
class Scene:
    """`ahead`: how many deliveries may wait before the stream of applications does. `name`: of its evidence."""

    place: Place
    crew: Fleet
    load: Load
    watch: Watch
    name: str
    ahead: int = 300
    exits: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def fed(self) -> AsyncIterator[None]:
        """Applications come in for the length of the block."""
        stop = asyncio.Event()
        feeding = asyncio.create_task(self._feed(stop))
        try:
            yield
        finally:
            stop.set()
            await feeding

    async def _feed(self, stop: asyncio.Event) -> None:
        for part in self.load.parts(_ENDLESS, _PART):
            await publish(self.place, part)
            await until(lambda: self.load.due - self.watch.now.ended <= self.ahead or stop.is_set())
            if stop.is_set():
                return
            await asyncio.sleep(_POLL_S)

    async def until_ended(self, count: int) -> None:
        """Until so many deliveries more have ended; the test's own time-out ends a wait for nothing."""
        goal = self.watch.now.ended + count
        await until(lambda: self.watch.now.ended >= goal)

    async def until_ingested(self, count: int) -> None:
        """Until so many records more are in the ledger."""
        goal = self.watch.now.ingested + count
        await until(lambda: self.watch.now.ingested >= goal)

    async def verdict(self, *, limit_s: float = 120.0) -> Verdict:
        """When nothing is under way any more. A bad one keeps its evidence in var/storm."""
        await until_rest(self.watch, self.load, limit_s)
        found = await judge(self.place, self.load.applicants)
        if not found:
            await keep(self.place, self.crew, found, self.load.applicants, self.name)
        return found


@asynccontextmanager
async def scene(
    *,
    kafka: Kafka = "tansu",
    settings: Mapping[str, str] | None = None,
    seed: int = 1,
    each: int = 1,
    poison: bool = True,
    static_members: bool = False,
    limit_s: float = 360.0,
) -> AsyncIterator[Scene]:
    """With every job known already, and no worker yet: the test starts its own. The first must be of ingest.

    A block that takes longer than `limit_s` ends with a TimeoutError, and the logs of its processes are kept.
    """
    among = accounts(each)
    load = Load(seed, among, poison=poison)
    async with (
        place(among, kafka=kafka, settings=settings) as where,
        fleet(where.environment, static_members=static_members) as crew,
    ):
        watch = Watch(place=where, deliveries=_ENDLESS)
        made = Scene(place=where, crew=crew, load=load, watch=watch, name=f"scene-{seed}")
        looking = asyncio.create_task(watch.keep_looking(crew, made.exits))
        try:
            async with asyncio.timeout(limit_s):
                await publish(where, load.jobs())
                yield made
        except BaseException:
            keep_logs(crew, made.name)
            raise
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
