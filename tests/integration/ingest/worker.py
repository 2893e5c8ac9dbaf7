"""One ingest process of the tests: `python -m tests.integration.ingest.worker '<Work as JSON>'`.

It says `up` when it has begun and `ended` when SIGTERM let it end in good order.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import faust
import msgspec

from app.failpoints import Failpoints, parse_failpoints
from app.intake.auditor import Auditor
from app.intake.intake import Applied, Intake
from app.intake.judging import Rules
from app.intake.log_reader import LogReader
from app.intake.step import Known
from app.intake.sweeper import Sweeper
from app.ledger.audit import AuditLedger
from app.ledger.intake import IngestLedger
from app.ledger.outbox import Outbox
from app.ledger.pool import Backoff, Pool, open_pool
from app.relay import Relay
from schemas.events import APPLICATIONS, JOBS, STATUS
from schemas.record import Record
from streams.batches import BatchLimits
from streams.runtime import IngestSettings, Runtime

_SOURCES = ("applications", "candidate-status", "jobs", "candidate-erasures")


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """`careless`: an agent as Faust's documentation has it, which raises on every nth event.

    `raise_at`, `stick_at`: the application whose batch our own runtime's sink cannot take. `failpoints`: as Settings';
    `relays`: it publishes the outbox too.
    """

    kafka: str
    database: str
    state_dir: str
    group: str = "g"
    audits: bool = True
    batch: int = 50
    careless: int = 0
    ours: bool = True
    raise_at: str = ""
    stick_at: str = ""
    stop_s: float = 20
    failpoints: str = ""
    relays: bool = False


def say(event: str, fields: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{event} {msgspec.json.encode(dict(fields)).decode()}\n")
    sys.stdout.flush()


async def main(work: Work) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    failpoints = parse_failpoints(work.failpoints, "")
    async with await open_pool(work.database, size=10) as pool:
        intake = Intake(_ledger(pool, failpoints), Rules(surge_per_hour=1_000_000))
        async with asyncio.TaskGroup() as group:
            for part in _parts(work, pool, intake, stop):
                group.create_task(part)
            if work.relays:
                bootstrap = work.kafka.removeprefix("kafka://")
                group.create_task(Relay(Outbox(pool), bootstrap, say, failpoints).run(stop, every_s=0.1))
            say("up", {})
    say("ended", {})


class Saboteur:
    """An intake, but for the one application the work names."""

    def __init__(self, work: Work, intake: Intake) -> None:
        self._work = work
        self._intake = intake

    async def apply(self, records: Sequence[Record], known: Known) -> Applied:
        keys = {(record.key or b"").decode(errors="replace") for record in records}
        if self._work.raise_at in keys:
            raise RuntimeError("a fault of ours")
        if self._work.stick_at in keys:
            say("stuck", {})
            await asyncio.Event().wait()
        return await self._intake.apply(records, known)


def _ledger(pool: Pool, failpoints: Failpoints) -> IngestLedger:
    def away(exc: BaseException, failures: int) -> None:
        if failures == 1:
            say("database_away", {"error": type(exc).__name__})

    return IngestLedger(pool, backoff=Backoff(cap_s=0.3), on_fault=away, failpoints=failpoints)


def _parts(work: Work, pool: Pool, intake: Intake, stop: asyncio.Event) -> Sequence[Any]:
    ledger = AuditLedger(pool, backoff=Backoff(cap_s=0.3))
    bootstrap = work.kafka.removeprefix("kafka://")
    parts = [Sweeper(intake, ledger, say).run(stop, brief_every_s=0.2, full_every_s=1.0)]
    if work.ours:
        parts.append(Runtime(_settings(work), Saboteur(work, intake), tell=say).run(stop))
    if work.careless:
        parts.append(_careless(work, intake, stop))
    if work.audits:
        auditor = Auditor(intake, ledger, lambda: LogReader(bootstrap, group=work.group), _SOURCES, say)
        parts.append(auditor.run(stop, every_s=0.5))
    return parts


def _settings(work: Work) -> IngestSettings:
    return IngestSettings(
        kafka_url=work.kafka,
        state_dir=Path(work.state_dir),
        group=work.group,
        session_timeout_s=6,
        heartbeat_s=0.5,
        rebalance_timeout_s=6,
        commit_interval_s=0.2,
        stop_s=work.stop_s,
        batch=BatchLimits(events=work.batch),
    )


async def _careless(work: Work, intake: Intake, stop: asyncio.Event) -> None:
    app = faust.App(
        work.group,
        broker=work.kafka,
        datadir=work.state_dir,
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        broker_session_timeout=6,
        broker_heartbeat_interval=0.5,
        broker_rebalance_timeout=6,
        broker_commit_interval=0.2,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}

    async def body(stream: faust.StreamT[bytes]) -> None:
        async for event in stream.events():
            message = event.message
            if message.offset % work.careless == work.careless - 1:
                raise RuntimeError("a fault of ours")
            record = Record(
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
                key=message.key,
                value=message.value,
                timestamp_ms=round((message.timestamp or 0) * 1000),
            )
            await intake.apply([record])

    app.agent(app.topic(APPLICATIONS, STATUS, JOBS, **raw))(body)
    app.finalize()
    await app.start()
    await stop.wait()
    await app.stop()


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Work)))
