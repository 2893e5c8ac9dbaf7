"""Health and metrics answer in time, whatever the database does, and cost it one session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.embedded.postgres import Postgres, running_postgres
from app.health import Check
from app.ledger.pool import Pool, open_pool
from app.metrics import Metrics
from app.wiring.gauges import database_fault, exposition, refreshing

pytestmark = pytest.mark.service

SAID = "the ledger does not answer"


@pytest.fixture
async def own() -> AsyncIterator[Postgres]:
    async with running_postgres() as server:
        yield server


@pytest.fixture
async def pool(own: Postgres) -> AsyncIterator[Pool]:
    async with await open_pool(own.url, size=2) as opened:
        yield opened


async def _until_fine(check: Check) -> None:
    async with asyncio.timeout(20):
        while await check():  # noqa: ASYNC110 - another process says so
            await asyncio.sleep(0.05)


async def test_a_database_that_stands_still_is_told_in_time_to_all_who_poll(own: Postgres, pool: Pool) -> None:
    async with database_fault(pool, within_s=0.3) as check:
        assert await check() is None
        own.pause()
        try:
            async with asyncio.timeout(5):
                said = [fault or "" for fault in await asyncio.gather(*(check() for _ in range(10)))]
                said += [await check() or "" for _ in range(5)]
            assert pool.get_size() <= 1
        finally:
            own.resume()
        assert [fault.startswith(SAID) for fault in said] == [True] * 15
        await _until_fine(check)


async def test_metrics_of_a_database_that_stands_still_are_the_last_known_and_say_so(own: Postgres, pool: Pool) -> None:
    metrics = Metrics()
    metrics.set("issues_open", 3)

    async def gauges() -> None:
        metrics.set("issues_open", await pool.fetchval("select 4"))

    async with refreshing([gauges], within_s=0.3) as refreshed:
        own.pause()
        try:
            async with asyncio.timeout(5):
                told = await asyncio.gather(*(exposition(metrics, refreshed) for _ in range(10)))
            assert pool.get_size() <= 1
        finally:
            own.resume()
        assert [b"issues_open 3.0" in text and b"gauges_stale 1.0" in text for text in told] == [True] * 10
        await _until_fine(refreshed)
        assert b"issues_open 4.0" in await exposition(metrics, refreshed)


async def test_a_database_that_is_away_is_told_and_so_is_its_return(own: Postgres, pool: Pool) -> None:
    async with database_fault(pool) as check:
        assert await check() is None
        await own.crash()
        assert (await check() or "").startswith(SAID)
        await own.start()
        await _until_fine(check)


async def test_sessions_that_are_all_in_use_are_told_and_the_check_waits_for_one_once(pool: Pool) -> None:
    async with database_fault(pool, within_s=0.2) as check, pool.acquire(), pool.acquire():
        for _ in range(3):
            assert (await check() or "").startswith(SAID)
    assert await database_fault(pool)() is None
