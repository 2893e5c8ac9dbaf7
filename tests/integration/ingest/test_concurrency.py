"""Several ingest processes at once on one ledger: nothing decided from half of what is known, nothing stuck."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from app.intake.intake import Intake
from app.intake.judging import Rules
from app.intake.sweeper import Sweeper
from app.ledger.audit import AuditLedger
from app.ledger.intake import IngestLedger, IngestTransaction
from app.ledger.pool import Backoff, Pool
from schemas.record import Record
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log, person

pytestmark = pytest.mark.service


async def _feed(intake: Intake, records: Sequence[Record], seed: int) -> None:
    """In small batches of changing size, in a mixed order, each twice."""
    chance = random.Random(seed)
    waiting = [*records, *records]
    chance.shuffle(waiting)
    while waiting:
        size = chance.randint(1, 12)
        batch, waiting = waiting[:size], waiting[size:]
        await intake.apply(batch)


async def _sweep(pool: Pool, intake: Intake) -> None:
    await Sweeper(intake, AuditLedger(pool), lambda _event, _fields: None).brief()


@pytest.fixture
def intakes(pool: Pool) -> list[Intake]:
    return [Intake(IngestLedger(pool, backoff=Backoff(first_s=0.01, cap_s=0.1)), Rules()) for _ in range(4)]


async def test_both_halves_and_the_job_at_once_lose_nobody(
    intakes: list[Intake], ledger: Ledger, log: Log, pool: Pool
) -> None:
    await ledger.connect(policy={"backfill_on_link": "auto"})
    names = [f"a-{n}" for n in range(200)]
    jobs = [f"job-{n}" for n in range(20)]
    place = {name: {"id": jobs[n % 20], "title": "CNC"} for n, name in enumerate(names)}
    snapshots = [log.application(name, job=place[name]) for name in names]
    statuses = [log.status(name, word, m) for name in names for word, m in (("new", 0), ("engaged", 9))]

    await asyncio.gather(
        _feed(intakes[0], snapshots, 1),
        _feed(intakes[1], statuses, 2),
        _feed(intakes[2], [log.job(job) for job in jobs], 3),
        _feed(intakes[3], statuses[::2] + snapshots[::2], 4),
    )
    await _sweep(pool, intakes[0])

    rows = await ledger.rows("select verdict, reason, count(*) from application group by 1, 2")
    assert [tuple(row) for row in rows] == [("CREATE", None, 200)]
    assert await ledger.value("select count(*) from delivery where kind = 'create' and state = 'new'") == 200


async def test_a11_twins_decided_by_two_processes_at_once_get_one_create(
    intakes: list[Intake], ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    await intakes[0].apply([log.job("job-1")])
    for number in range(60):
        same = {"email": f"twin-{number}@mail.example"}
        pair = [(f"a-{number}-{which}", f"c-{number}-{which}") for which in "xy"]
        for name, candidate in pair:
            await intakes[0].apply([log.application(name, candidate=person(candidate, **same))])
        await asyncio.gather(
            *(intakes[n].apply([log.status(name, "engaged", 5)]) for n, (name, _) in enumerate(pair, start=1))
        )
    rows = await ledger.rows("select verdict, reason, count(*) from application group by 1, 2 order by 1")
    assert [tuple(row) for row in rows] == [("CREATE", None, 60), ("HOLD", "ambiguous_delivery", 60)]


async def test_a45_an_erasure_racing_with_the_application_leaves_nothing_behind(
    intakes: list[Intake], ledger: Ledger, log: Log
) -> None:
    await ledger.connect()
    await intakes[0].apply([log.job("job-1")])
    for number in range(60):
        name = f"a-{number}"
        await asyncio.gather(
            intakes[0].apply([log.application(name), log.status(name, "engaged", 5)]),
            intakes[1].apply([log.erasure(f"c-{name}")]),
        )
    assert await ledger.value("select count(*) from application where reason = 'erased'") == 60
    assert await ledger.value("select count(*) from snapshot where content is not null") == 0
    assert await ledger.value("select count(*) from delivery where state <> 'cancelled'") == 0


async def test_a_batch_that_fails_is_taken_again_from_the_start(
    intakes: list[Intake], ledger: Ledger, log: Log
) -> None:
    """Two transactions lock the same rows in opposite order: one is the deadlock's victim and runs again."""
    ledgers = [intake._ledger for intake in intakes[:2]]
    barrier = asyncio.Barrier(2)
    tries: list[int] = []

    async def lock(which: int, names: tuple[str, str]) -> None:
        async def work(tx: IngestTransaction) -> None:
            tries.append(which)
            await tx.lock({names[0]: None})
            if len(tries) <= 2:
                await barrier.wait()
            await tx.lock({names[1]: None})

        await ledgers[which].run(work)

    await asyncio.gather(lock(0, ("a", "b")), lock(1, ("b", "a")))
    assert len(tries) == 3
    assert await ledger.value("select count(*) from application") == 2
