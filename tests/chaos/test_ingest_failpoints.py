"""Killed with -9 at every named point of ingest and relay, with work around it: nobody is lost, doubled or untold."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.embedded.broker import Broker, running_broker
from app.embedded.postgres import running_postgres
from app.failpoints import POINTS
from app.ledger.migrate import migrate
from app.ledger.pool import Pool, open_pool
from schemas.events import DEAD_LETTERS, RESULTS
from schemas.record import Record
from tests.chaos.test_failpoints import POINTS as DELIVER_POINTS
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import make_topics, publish, read_all
from tests.integration.ingest.processes import Fleet
from tests.integration.ingest.worker import Work

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

INGEST_POINTS = {  # and at the how-maniest passing
    "before_ingest_txn": 1,
    "after_ingest_txn_before_commit": 2,
    "after_ingest_commit": 3,
    "before_relay": 1,
    "after_relay": 1,
}
_LIMIT_S = 180.0
AROUND = 50  # applications that are to be created, around each kill
_HELD = 5  # and some whose facts stay incomplete: they have a result to be told
_POISON = 2


@pytest.fixture
async def broker_of_its_own() -> AsyncIterator[Broker]:
    async with running_broker() as started:
        await make_topics(started.bootstrap, partitions=4)
        yield started


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[tuple[str, Pool]]:
    async with running_postgres() as postgres:
        migrate(postgres.url)
        async with await open_pool(postgres.url, size=3) as pool:
            await Ledger(pool).connect(policy={"backfill_on_link": "auto"})
            yield postgres.url, pool


@pytest.fixture
async def fleet(broker_of_its_own: Broker, ledger: tuple[str, Pool], tmp_path: Path) -> AsyncIterator[Fleet]:
    url, _ = ledger
    work = Work(kafka=broker_of_its_own.url, database=url, state_dir=str(tmp_path), batch=20, relays=True)
    made = Fleet(work)
    yield made
    await made.close()


def _wave(log: Log, turn: int) -> Sequence[Record]:
    names = [f"a-{turn}-{number}" for number in range(AROUND)]
    whole = [
        record
        for name in names
        for record in (log.application(name), log.status(name, "new", 0), log.status(name, "engaged", 9))
    ]
    held = [log.application(f"held-{turn}-{number}") for number in range(_HELD)]
    poison = [log.record("candidate-status", f"a-{turn}-{number}", b"\x00poison") for number in range(_POISON)]
    return [*whole[: len(whole) // 2], *poison, *held, *whole[len(whole) // 2 :]]


async def _until(fleet: Fleet, pool: Pool, query: str, expected: int) -> None:
    """It happens in another process, which may ask to be started again meanwhile."""
    until = time.monotonic() + _LIMIT_S
    while (found := await pool.fetchval(query)) != expected:
        assert time.monotonic() < until, f"{query}: {found}, not {expected}\n{fleet.last_words()}"
        await fleet.revive()
        await asyncio.sleep(0.05)


async def _until_killed(fleet: Fleet, point: str) -> None:
    """By itself, at the point it is armed with. Started again, it is armed again."""
    until = time.monotonic() + _LIMIT_S
    while (armed := fleet.running[0]).is_alive or armed.asks_to_be_started_again:
        assert time.monotonic() < until, f"{point} was never passed\n{fleet.last_words()}"
        await fleet.revive()
        await asyncio.sleep(0.05)
    fleet.running.remove(armed)
    assert await armed.ended() == -signal.SIGKILL, f"{point} was never passed: {armed.said[-20:]}"


async def test_p1_killed_at_every_named_point_of_ingest_and_relay(
    broker_of_its_own: Broker, ledger: tuple[str, Pool], fleet: Fleet
) -> None:
    (_, pool), log = ledger, Log()
    await publish(broker_of_its_own.bootstrap, [log.job("job-1")])
    for turn, (point, nth) in enumerate(INGEST_POINTS.items()):
        await fleet.start(failpoints=f"{point}:{nth}")
        await publish(broker_of_its_own.bootstrap, _wave(log, turn))
        await _until_killed(fleet, point)
    await fleet.start()
    turns = len(INGEST_POINTS)
    await _until(fleet, pool, "select count(*) from application where verdict = 'CREATE'", turns * AROUND)
    await _until(fleet, pool, "select count(*) from ingest_gap where filled_at is null", 0)
    await _until(fleet, pool, "select count(*) from outbox where published_at is null", 0)
    assert await pool.fetchval("select count(*) from delivery") == turns * AROUND
    assert await pool.fetchval("select count(*) from dead_letter") == turns * _POISON
    await _judge_told(broker_of_its_own, pool)
    assert await fleet.end(fleet.running[0]) == 0


async def _judge_told(broker: Broker, pool: Pool) -> None:
    """Each result and dead letter at least once, and nothing else; a repeat is recognisable by its id."""
    for topic in (RESULTS, DEAD_LETTERS):
        written = {row["id"] for row in await pool.fetch("select id from outbox where topic = $1", topic)}
        assert written, topic
        assert await _told(broker, topic, len(written)) == written


async def _told(broker: Broker, topic: str, wanted: int) -> set[int]:
    """The ids on the topic, read until there are as many different ones as wanted."""
    count, told = wanted, set[int]()
    while len(told) < wanted:
        told = {_id_of(record) for record in await read_all(broker.bootstrap, topic, count)}
        count += wanted - len(told)  # so many were repeats
    return told


def _id_of(record: Any) -> int:
    return int(dict(record.headers)["ats-sync-id"])


def test_every_failpoint_is_killed_at_somewhere() -> None:
    assert {*DELIVER_POINTS, *INGEST_POINTS} == set(POINTS)
