"""Whole ingest processes on a real broker and PostgreSQL: killed, starved of their database, moved about, poisoned."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from app.embedded.broker import Broker, running_broker
from app.embedded.postgres import Postgres, running_postgres
from app.ledger.migrate import migrate
from app.ledger.pool import Backoff, Pool, open_pool, persist
from schemas.record import Record
from streams.runtime import EXIT_CODE
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log
from tests.integration.ingest.kafka import make_topics, publish
from tests.integration.ingest.processes import Fleet
from tests.integration.ingest.worker import Work

pytestmark = pytest.mark.service


@pytest.fixture
async def own_broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    """With four partitions per joined topic, or as many as the test says."""
    async with running_broker() as started:
        await make_topics(started.bootstrap, partitions=getattr(request, "param", 4))
        yield started


@pytest.fixture
async def own_postgres() -> AsyncIterator[Postgres]:
    async with running_postgres() as started:
        migrate(started.url)
        yield started


@pytest.fixture
async def own_ledger(own_postgres: Postgres) -> AsyncIterator[Ledger]:
    pool: Pool = await open_pool(own_postgres.url, size=3)
    ledger = Ledger(pool)
    await ledger.connect(policy={"backfill_on_link": "auto"})
    yield ledger
    await pool.close()


@pytest.fixture
async def fleet(own_broker: Broker, own_postgres: Postgres, tmp_path: Path) -> AsyncIterator[Fleet]:
    made = Fleet(Work(kafka=own_broker.url, database=own_postgres.url, state_dir=str(tmp_path)))
    yield made
    await made.close()


def believable(log: Log, count: int, seed: int) -> list[Record]:
    """`count` applications that must all be created: halves in any order, every tenth event twice, some poison."""
    chance = random.Random(seed)
    records = []
    for number in range(count):
        name = f"a-{number}"
        mine = [log.application(name), log.status(name, "new", 0), log.status(name, "engaged", 9)]
        records += [*mine, *(one for one in mine if chance.random() < 0.1)]
    chance.shuffle(records)
    poison = [log.record("candidate-status", f"a-{n}", chance.randbytes(50)) for n in range(count // 50)]
    for one in poison:
        records.insert(chance.randrange(len(records)), one)
    return [log.job("job-1"), *records]


async def _count(ledger: Ledger, query: str) -> int:
    found: int = await persist(lambda: ledger.pool.fetchval(query), backoff=Backoff(cap_s=0.2))
    return found


async def until(ledger: Ledger, query: str, expected: int) -> None:
    """The wait has no clock of its own: the test's time-out ends it when what is waited for never comes."""
    while await _count(ledger, query) != expected:  # noqa: ASYNC110 - it happens in another process
        await asyncio.sleep(0.05)


async def until_created(ledger: Ledger, count: int) -> None:
    await until(ledger, "select count(*) from application where verdict = 'CREATE'", count)


async def assert_nobody_lost_or_doubled(ledger: Ledger, count: int) -> None:
    await until_created(ledger, count)
    assert await _count(ledger, "select count(*) from application") == count
    assert await _count(ledger, "select count(*) from delivery") == count
    assert await _count(ledger, "select count(*) from delivery where state <> 'new'") == 0
    await until(ledger, "select count(*) from ingest_gap where filled_at is null", 0)


async def in_parts(broker: Broker, records: Sequence[Record], parts: int) -> AsyncIterator[int]:
    """Publishes a part, lets the test do its worst, and goes on."""
    size = -(-len(records) // parts)
    for n in range(parts):
        await publish(broker.bootstrap, records[n * size : (n + 1) * size])
        yield n


@pytest.mark.timeout(240)
async def test_kill_9_and_database_crashes_lose_nobody(
    own_broker: Broker, own_postgres: Postgres, own_ledger: Ledger, fleet: Fleet
) -> None:
    chance = random.Random(1)
    await fleet.start()
    await fleet.start()
    async for part in in_parts(own_broker, believable(Log(), 1_000, seed=1), 8):
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        if part % 3 == 2:
            await own_postgres.crash()
            await own_postgres.start()
        else:
            await fleet.kill(fleet.running[0])
            await fleet.start()
    await assert_nobody_lost_or_doubled(own_ledger, 1_000)
    assert await _count(own_ledger, "select count(*) from dead_letter") == 20


@pytest.mark.timeout(240)
async def test_processes_that_come_and_go_lose_nobody(own_broker: Broker, own_ledger: Ledger, fleet: Fleet) -> None:
    """Clean stops, a frozen process and newcomers: every change moves partitions in the middle of the work."""
    await fleet.start()
    async for part in in_parts(own_broker, believable(Log(), 900, seed=2), 6):
        await fleet.revive()
        if part in (0, 1):
            await fleet.start()
        elif part == 2:
            fleet.running[1].pause()
        elif part == 3:
            fleet.running[1].resume()
            assert await fleet.end(fleet.running[0]) == 0
        else:
            await fleet.start()
            assert await fleet.end(fleet.running[0]) == 0
    await fleet.revive()
    await assert_nobody_lost_or_doubled(own_ledger, 900)


@pytest.mark.timeout(120)
async def test_a_clean_stop_leaves_nothing_to_repeat(own_broker: Broker, own_ledger: Ledger, fleet: Fleet) -> None:
    process = await fleet.start()
    await publish(own_broker.bootstrap, believable(Log(), 200, seed=3))
    await until_created(own_ledger, 200)
    read = await _count(own_ledger, "select count(*) from application_event")
    assert await fleet.end(process) == 0
    assert any(line.startswith("ended") for line in process.said)
    await own_ledger.pool.execute("truncate application_event")

    await fleet.start()
    await publish(own_broker.bootstrap, [Log().status("a-0", "reviewed", 99)])
    await until(own_ledger, "select count(*) from application_event where summary = 'reviewed'", 1)

    assert read >= 600
    assert await _count(own_ledger, "select count(*) from application_event") == 1


@pytest.mark.timeout(120)
async def test_the_group_waits_for_a_database_that_comes_later(
    own_broker: Broker, own_postgres: Postgres, own_ledger: Ledger, fleet: Fleet
) -> None:
    process = await fleet.start()
    await own_postgres.crash()
    await publish(own_broker.bootstrap, believable(Log(), 100, seed=4))
    await process.until("database_away")
    await own_postgres.start()
    await assert_nobody_lost_or_doubled(own_ledger, 100)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("own_broker", [1], indirect=True)
async def test_an_agent_that_raises_loses_people_and_the_auditor_brings_them_back(
    own_broker: Broker, own_ledger: Ledger, fleet: Fleet
) -> None:
    """delivery.md section 4: an agent as Faust's documentation has it, with a fault on 0.3 % of its events."""
    log = Log()
    names = [f"a-{n}" for n in range(700)]
    await publish(own_broker.bootstrap, [log.job("job-1"), *(log.application(name) for name in names)])
    await publish(own_broker.bootstrap, [log.status(name, "engaged", 9) for name in names])
    await fleet.start(ours=False, careless=333, audits=False)
    await until(own_ledger, "select count(*) from ingest_offset where next_offset = 700", 2)
    await until(own_ledger, "select count(*) from application where again_at <= now()", 0)
    assert await _count(own_ledger, "select count(*) from application where verdict = 'CREATE'") == 698
    assert await _count(own_ledger, "select count(*) from ingest_gap where filled_at is null") == 4

    await fleet.start(ours=False, audits=True)

    await assert_nobody_lost_or_doubled(own_ledger, 700)
    assert await _count(own_ledger, "select sum(records)::int from ingest_gap") == 4


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["raise_at", "stick_at"])
async def test_what_cannot_be_taken_ends_the_process_and_is_read_again(
    own_broker: Broker, own_ledger: Ledger, fleet: Fleet, fault: str
) -> None:
    """Faust would acknowledge it (tests/integration/faust): we exit instead, also when a stop hangs on it."""
    log = Log()
    names = [f"a-{n}" for n in range(40)]
    await publish(own_broker.bootstrap, [log.job("job-1"), *(log.application(name) for name in names)])
    process = await fleet.start(audits=False, stop_s=1, **{fault: "a-17"})
    if fault == "stick_at":
        await process.until("stuck")
        assert await fleet.end(process) == EXIT_CODE
    else:
        fleet.running.remove(process)
        assert await process.ended() == EXIT_CODE
    assert await own_ledger.decision("a-17") is None

    await fleet.start(audits=False)
    await publish(own_broker.bootstrap, [log.status(name, "engaged", 9) for name in names])
    await assert_nobody_lost_or_doubled(own_ledger, 40)
