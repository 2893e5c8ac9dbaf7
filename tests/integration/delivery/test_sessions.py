"""Sessions of the pool: one round trip per statement, and no lock of a session outlives its holder."""

from __future__ import annotations

import asyncio
from threading import Thread

import asyncpg
import pytest
from asyncpg import InterfaceError, InternalClientError
from asyncpg.connection import LoggedQuery

from app.ledger.audit import AuditLedger
from app.ledger.pool import Held, Pool, is_transient, open_pool, unlock
from tests.integration.delivery.parts import Bench

pytestmark = pytest.mark.service


async def test_a_statement_costs_one_round_trip_and_no_reset(database_url: str) -> None:
    told: list[str] = []

    def tell(query: LoggedQuery) -> None:
        told.append(query.query)

    async with await open_pool(database_url, size=1) as pool:
        async with pool.acquire() as session:
            session.add_query_logger(tell)
        await pool.fetchval("select 1")
    assert [query for query in told if "select" in query.lower()] == ["select 1"]


async def test_a_round_that_fails_lets_another_process_have_its_turn(bench: Bench, database_url: str) -> None:
    with pytest.raises(ZeroDivisionError):
        async with AuditLedger(bench.pool).alone("audit"):
            raise ZeroDivisionError
    async with await open_pool(database_url, size=1) as pool, AuditLedger(pool).alone("audit") as alone:
        assert alone


async def test_a_session_that_cannot_give_its_locks_back_ends(bench: Bench, database_url: str) -> None:
    async with bench.pool.acquire() as session:
        await session.execute("begin; select pg_advisory_lock(1)")
        with pytest.raises(Exception, match="nobody"):
            await session.execute("select nobody")
        await unlock(session)  # is refused: the transaction has failed
    async with await open_pool(database_url, size=1) as pool:
        assert await pool.fetchval("select pg_try_advisory_lock(1)")


async def test_a_session_that_ended_by_itself_needs_no_unlocking(bench: Bench) -> None:
    """What a crash of PostgreSQL does to the auditor's session in the middle of a round."""
    async with bench.pool.acquire() as session:
        await _end(session, bench.pool)
        await unlock(session)


async def test_a_session_that_ended_under_us_is_a_passing_fault(bench: Bench) -> None:
    async with bench.pool.acquire() as session:
        await _end(session, bench.pool)
        with pytest.raises(InterfaceError) as caught:
            await session.fetchval("select 1")
    assert is_transient(caught.value)


async def test_a_session_whose_server_said_farewell_unasked_is_a_passing_fault(bench: Bench, database_url: str) -> None:
    """It has read why it ends and not yet that it has; asyncpg calls it a fault of its own to be asked then."""
    async with bench.pool.acquire() as session:
        server = session.get_server_pid()
        ending = Thread(target=lambda: asyncio.run(_terminate(database_url, server)))
        ending.start()
        ending.join()  # this loop stands still meanwhile: the farewell and the end lie ready, both
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the farewell is read
        with pytest.raises(InternalClientError) as caught:
            await session.fetchval("select 1")
    assert is_transient(caught.value)


async def _terminate(url: str, server: int) -> None:
    """Returns when its process is gone."""
    connection = await asyncpg.connect(url)
    await connection.execute("select pg_terminate_backend($1, 10000)", server)
    await connection.close()


async def _end(session: Held, pool: Pool) -> None:
    """As the server does when it goes away; returns when the session knows."""
    ended = asyncio.Event()
    session.add_termination_listener(lambda _: ended.set())
    await pool.execute("select pg_terminate_backend($1)", session.get_server_pid())
    await ended.wait()
