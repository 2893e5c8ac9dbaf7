"""One storm from the first record to the verdict: publishes as fast as deliveries end, while the plan is inflicted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError

from schemas.record import Record
from tests.storm.fleet import Fleet, fleet
from tests.storm.havoc import Counts, Havoc, make_plan
from tests.storm.ledger import Progress, progress, tally
from tests.storm.load import Load, accounts
from tests.storm.place import Kafka, Place, place, weather
from tests.storm.producing import producing
from tests.storm.story import keep
from tests.storm.verdict import Verdict, judge
from tests.storm.waiting import until

_PART: Final = 60  # applications published at once
_POLL_S: Final = 0.25
_LONGEST_S: Final = 2.0
# An error that nobody foresaw is named: it did no harm, or the verdict would say so, but somebody should look.
_ATTEMPTS: Final = """
    select class, case when class = 'bug' then error end, count(*)::int from attempt group by 1, 2 order by 3 desc
"""
_QUIET_S: Final = 3.0
_SAY_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StormOptions:
    """`limit_s`: how long the service may take for what is left after the last record. `each`: accounts per vendor.

    `whole_s`: when a run that has not ended is judged as it stands.

    `lag_s`: how late the search of `lookup` vendors shows what is new. `say` is told now and then how far it is.

    `ahead`: how many deliveries may wait, so that all of the run is under load. In a long run with a fault every few
    seconds, ingest comes back in leaps; with more of them, deliver has work meanwhile.
    """

    deliveries: int = 3_000
    counts: Counts = field(default_factory=Counts)
    seed: int = 1
    kafka: Kafka = "tansu"
    ingest: int = 2
    deliver: int = 3
    each: int = 6
    limit_s: float = 240.0
    whole_s: float = 86_400.0
    lag_s: float = 0.2
    ahead: int = 600
    static_members: bool = False
    faults: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`done`: inflicted; `met`: faults of the ATS; `attempts`: by class; `clean`: how many stopped in order.

    `exits`: how many ended by themselves, for which `reasons`.

    `raged_s`: from the start of the processes until nothing was under way; `took_s`: with servers, stops and judgement.
    `kept`: the folder that says why, if the verdict is bad.
    """

    options: StormOptions
    verdict: Verdict
    done: Counter[str]
    met: Counter[str]
    attempts: Counter[str]
    fenced_out: int
    exits: int
    reasons: Counter[str]
    clean: int
    raged_s: float
    took_s: float
    kept: Path | None


@dataclass(slots=True, kw_only=True)
class Watch:
    """Knows how far the run is; somebody has to keep it looking."""

    place: Place
    deliveries: int
    now: Progress = field(default_factory=lambda: Progress(ingested=0, ended=0, open=0, gaps=0))
    moved_at: float = field(default_factory=time.monotonic)
    say: Callable[[str], None] = lambda _: None
    _said_at: float = 0.0

    def share(self) -> float:
        return self.now.ended / self.deliveries

    async def look(self) -> None:
        seen = await progress(self.place.pool)
        if seen != self.now:
            self.moved_at = time.monotonic()
        self.now = seen
        if time.monotonic() - self._said_at > _SAY_S:
            self._said_at = time.monotonic()
            self.say(
                f"{seen.ended} of {self.deliveries} ended, {seen.open} open, {seen.ingested} records, {seen.gaps} gaps"
            )

    async def keep_looking(self, crew: Fleet | None, exits: Counter[str]) -> None:
        """And starts again whoever ended by itself, as a supervisor would."""
        while True:
            began = time.monotonic()
            await self.look()
            if crew is not None:
                exits["exits"] += crew.revive()
            await asyncio.sleep(_rest_s(time.monotonic() - began))

    def at_rest(self, expected: int) -> bool:
        """Nothing is under way, everybody expected has ended, and it has been so for a while."""
        now = self.now
        done = not now.open and not now.gaps and now.ended >= expected
        return done and time.monotonic() - self.moved_at > _QUIET_S


def _rest_s(took_s: float) -> float:
    """Four times as long as the look took: counting 200,000 deliveries must not be the load itself."""
    return min(_LONGEST_S, max(_POLL_S, 4 * took_s))


async def storm(options: StormOptions) -> Told:
    """Raises nothing for what went wrong in the service: that is in the verdict."""
    among = accounts(options.each)
    load = Load(options.seed, among)
    began = time.monotonic()
    async with place(among, kafka=options.kafka, settings=options.settings) as where:
        if options.faults:
            where.sandbox.put_faults(weather(among, options.seed, lag_s=options.lag_s))
        async with fleet(where.environment, static_members=options.static_members) as crew:
            havoc = Havoc(place=where, fleet=crew, plan=make_plan(options.seed, options.counts))
            started = time.monotonic()
            exits = await _weathered(where, crew, havoc, load, options)
            raged_s = time.monotonic() - started
            clean = sum(await asyncio.gather(*(worker.stop() for worker in crew.workers)))
            verdict = await judge(where, load.applicants)
            told = await _told(options, where, verdict, havoc, began)
            name = f"{options.kafka}-{options.deliveries}-seed-{options.seed}"
            reasons = crew.reasons()
            kept = None if verdict else await keep(where, crew, verdict, load.applicants, name)
    return Told(**told, exits=exits["exits"], reasons=reasons, clean=clean, kept=kept, raged_s=raged_s)  # type: ignore[arg-type]


async def _weathered(where: Place, crew: Fleet, havoc: Havoc, load: Load, options: StormOptions) -> Counter[str]:
    for _ in range(options.ingest):
        crew.start("ingest")
    for _ in range(options.deliver):
        crew.start("deliver")
    watch, exits = Watch(place=where, deliveries=options.deliveries, say=options.say), Counter[str]()
    looking = asyncio.create_task(watch.keep_looking(crew, exits))
    try:
        async with asyncio.timeout(options.whole_s):
            await _run(where, havoc, load, watch, options)
    except TimeoutError:
        options.say(f"not at its end after {options.whole_s:.0f} s: judged as it stands")
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    return exits


async def _run(where: Place, havoc: Havoc, load: Load, watch: Watch, options: StormOptions) -> None:
    await publish(where, load.jobs())
    await until(lambda: watch.now.ingested >= len(load.jobs()))
    raging = asyncio.create_task(havoc.rage(watch.share))
    try:
        await publish_under_load(where, load, watch, options)
        await raging
    finally:
        raging.cancel()
        await asyncio.gather(raging, return_exceptions=True)
    await until_rest(watch, load, options.limit_s)


async def publish_under_load(where: Place, load: Load, watch: Watch, options: StormOptions) -> None:
    """Part by part, never more than `ahead` deliveries before what has ended."""
    for part in load.parts(options.deliveries, _PART):
        await publish(where, part)
        await until(lambda: load.due - watch.now.ended <= options.ahead)


async def publish(where: Place, records: Iterable[Record]) -> None:
    """However long it takes. A lost answer repeats records, which is what producers do."""
    left = list(records)
    while left:
        try:
            left = await _send(where.bootstrap, left)
        except (KafkaError, OSError):
            await asyncio.sleep(0.5)


async def _send(bootstrap: str, records: Sequence[Record]) -> list[Record]:
    """Those that were not acknowledged."""
    async with producing(bootstrap) as producer:
        sent = [
            await producer.send(one.topic, value=one.value, key=one.key, timestamp_ms=one.timestamp_ms)
            for one in records
        ]
        ends = await asyncio.gather(*sent, return_exceptions=True)
    return [one for one, end in zip(records, ends, strict=True) if isinstance(end, BaseException)]


async def until_rest(watch: Watch, load: Load, limit_s: float) -> None:
    """Or until the limit: whoever is not there then is lost."""
    end = time.monotonic() + limit_s
    await until(lambda: watch.at_rest(load.due) or time.monotonic() > end)


async def _told(options: StormOptions, where: Place, verdict: Verdict, havoc: Havoc, began: float) -> dict[str, object]:
    fired = where.sandbox.world.faults.report()["fired"]
    met = Counter[str]()
    for plans in fired.values():  # type: ignore[attr-defined]
        for plan in plans:
            met.update(plan)
    return {
        "options": options,
        "verdict": verdict,
        "done": havoc.done,
        "met": met,
        "attempts": await tally(where.pool, _ATTEMPTS),
        "fenced_out": (await tally(where.pool, "select 'n', count(*)::int from attempt where not applied"))["n"],
        "took_s": time.monotonic() - began,
    }
