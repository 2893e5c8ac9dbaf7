"""Events/s from the broker to committed ledger rows, beside a Faust agent that does nothing, in the same run.

`python -m tests.benchmarks.bench_ingest [--applications N] [--kafka URL] [--profile FILE]`; three events each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust

from app.embedded.broker import running_broker
from app.embedded.postgres import running_postgres
from app.intake.intake import Applied, Intake
from app.intake.judging import Rules
from app.intake.step import Known
from app.ledger.intake import IngestLedger
from app.ledger.migrate import migrate
from app.ledger.pool import Pool, open_pool
from schemas.events import APPLICATIONS, STATUS
from schemas.record import Record
from streams.runtime import IngestSettings, Runtime
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log, turn
from tests.integration.ingest.kafka import make_topics, publish

_PARTITIONS = 4
_TURNS = 12


@dataclass(slots=True)
class Stopwatch:
    """From the first event to the last of `expected`, so that joining the group does not count."""

    expected: int
    seen: int = 0
    began: float = 0.0
    took_s: float = 0.0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        self.began = self.began or time.perf_counter()

    def add(self, count: int) -> None:
        self.seen += count
        if self.seen >= self.expected and not self.took_s:
            self.took_s = time.perf_counter() - self.began
            self.complete.set()

    @property
    def rate(self) -> float:
        return self.seen / self.took_s


class TimedIntake:
    """An intake by the watch: an event counts when its transaction is committed."""

    def __init__(self, intake: Intake, watch: Stopwatch) -> None:
        self._intake = intake
        self._watch = watch
        self._positions: set[str] = set()  # a redelivery does not count

    async def apply(self, records: Sequence[Record], known: Known) -> Applied:
        self._watch.begin()
        applied = await self._intake.apply(records, known)
        news = {record.position for record in records if record.topic in (APPLICATIONS, STATUS)} - self._positions
        self._positions |= news
        self._watch.add(len(news))
        return applied


def events(applications: int) -> tuple[list[Record], list[Record]]:
    """The job; and of each application a New, its snapshot with a conversation, and an Engaged, halves apart."""
    log = Log()
    names = [f"a-{n}" for n in range(applications)]
    said = [turn("Which lathes have you run, and to which tolerance? " * 2) for _ in range(_TURNS)]
    screening = {"completed_at": said[0]["at"], "responded_at": said[0]["at"], "transcript": said}
    new = [log.status(name, "new", 0) for name in names]
    snapshots = [log.application(name, screening=screening) for name in names]
    return [log.job("job-1")], [*new, *snapshots, *(log.status(name, "engaged", 9) for name in names)]


async def no_op(kafka: str, expected: int, state_dir: str) -> Stopwatch:
    """The same topics through a plain agent that looks at nothing."""
    watch = Stopwatch(expected)
    app = faust.App(
        "bench-no-op",
        broker=kafka,
        datadir=state_dir,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=6,
        broker_heartbeat_interval=1,
        broker_rebalance_timeout=6,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}

    async def body(stream: faust.StreamT[bytes]) -> None:
        async for _ in stream:
            watch.begin()
            watch.add(1)

    app.agent(app.topic(APPLICATIONS, STATUS, **raw))(body)
    app.finalize()
    await app.start()
    await watch.complete.wait()
    await app.stop()
    return watch


async def ingest(kafka: str, pool: Pool, expected: int, state_dir: str, profile: str | None) -> Stopwatch:
    watch = Stopwatch(expected)
    intake = Intake(IngestLedger(pool), Rules(surge_per_hour=10_000_000))
    settings = IngestSettings(
        kafka_url=kafka,
        state_dir=Path(state_dir),
        group="bench-ingest",
        session_timeout_s=6,
        heartbeat_s=1,
        rebalance_timeout_s=6,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(Runtime(settings, TimedIntake(intake, watch), tell=_say).run(stop))
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    await watch.complete.wait()
    if profile:
        profiler.disable()
        profiler.dump_stats(profile)
    stop.set()
    await running
    return watch


def _say(event: str, fields: Mapping[str, Any]) -> None:
    sys.stderr.write(f"{event} {dict(fields)}\n")


@contextlib.asynccontextmanager
async def _broker(url: str | None) -> AsyncIterator[str]:
    if url:
        yield url
        return
    async with running_broker() as broker:
        yield broker.url


async def main(options: argparse.Namespace) -> None:
    async with _broker(options.kafka) as kafka, running_postgres() as postgres:
        migrate(postgres.url)
        bootstrap = kafka.removeprefix("kafka://")
        await make_topics(bootstrap, partitions=_PARTITIONS)
        first, rest = events(options.applications)
        await publish(bootstrap, rest)
        pool = await open_pool(postgres.url, size=8)
        await Ledger(pool).connect(policy={"backfill_on_link": "auto"})
        # The job is known beforehand: a batch decided before it is woken by the sweeper, which does not run here.
        await Intake(IngestLedger(pool), Rules()).reapply(first)
        with tempfile.TemporaryDirectory() as state_dir:
            nothing = await no_op(kafka, len(rest), state_dir)
            ours = await ingest(kafka, pool, len(rest), state_dir, options.profile)
        deliveries = await pool.fetchval("select count(*) from delivery")
        await pool.close()
    sys.stdout.write(
        f"events {len(rest)}, deliveries {deliveries}\n"
        f"no-op Faust agent   {nothing.rate:9.0f} events/s\n"
        f"ingest to ledger    {ours.rate:9.0f} events/s\n"
        f"ratio               {ours.rate / nothing.rate:9.2f}\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=5_000)
    parser.add_argument("--kafka", help="kafka://host:port; default: the embedded broker")
    parser.add_argument("--profile", help="write a cProfile of the ingest part to this file")
    asyncio.run(main(parser.parse_args()))
