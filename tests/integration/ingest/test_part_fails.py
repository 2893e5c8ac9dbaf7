"""Half a process helps nobody: a part that fails for good, or stands still, ends it, and is started again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import pytest

from streams.runtime import EXIT_CODE
from tests.storm.fleet import Fleet, Worker, fleet
from tests.storm.ledger import ask
from tests.storm.load import Load, accounts
from tests.storm.place import Place, place
from tests.storm.run import publish
from tests.storm.waiting import until, until_so

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]

_ENDS_WITHIN_S: Final = 60.0
_STUCK_AFTER_S: Final = "20"  # longer than a start takes on a machine that does other things too
_JOBS: Final = Load(31, accounts(1)).jobs()
# What each part asks for in each of its rounds, and how often the auditor's come, which looks at all of them.
_PARTS: Final = {"auditor": ("ingest_gap", "0.5"), "relay": ("outbox", "600")}


@pytest.fixture
async def there() -> AsyncIterator[Place]:
    async with place(accounts(1)) as made:
        yield made


@pytest.fixture
async def crew(there: Place) -> AsyncIterator[Fleet]:
    async with fleet(there.environment) as made:
        yield made


@pytest.mark.parametrize("part", _PARTS)
async def test_p1_a_part_that_fails_for_good_ends_the_process_and_says_where(
    part: str, there: Place, crew: Fleet
) -> None:
    table, every_s = _PARTS[part]
    worker = await _at_work(there, crew, audit_interval_s=every_s)
    await there.pool.execute(f"alter table {table} rename to away")
    assert await _end(worker) == EXIT_CODE
    assert f'"part": "{part}", "error": "UndefinedTableError", "where": "' in worker.log()


async def test_p1_ingest_that_stands_still_ends_by_itself(there: Place, crew: Fleet) -> None:
    """Here because another session holds what every batch must write."""
    worker = await _at_work(there, crew, stuck_after_s=_STUCK_AFTER_S, audit_interval_s="0.5")
    async with there.pool.acquire() as session, session.transaction():
        await session.execute("lock table ingest_offset in share mode")
        await publish(there, _JOBS)
        assert await _end(worker) == EXIT_CODE
    assert '"worker_stuck"' in worker.log()


async def _at_work(there: Place, crew: Fleet, **changes: str) -> Worker:
    worker = crew.start("ingest", **changes)
    await publish(there, _JOBS)
    await until_so(lambda: _has_read(there))
    return worker


async def _has_read(there: Place) -> bool:
    found = await ask(there.pool, "select coalesce(sum(next_offset), 0)::int from ingest_offset")
    return bool(found >= len(_JOBS))


async def _end(worker: Worker) -> int | None:
    async with asyncio.timeout(_ENDS_WITHIN_S):
        await until(lambda: not worker.is_alive)
    return worker.status
