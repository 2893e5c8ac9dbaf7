"""What an attempt is called when PostgreSQL crashes in the middle of it: never a fault of the program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.embedded.postgres import Postgres, running_postgres
from app.ledger.migrate import migrate
from app.ledger.pool import Pool, open_pool
from app.ledger.tokens import LedgerTokens
from app.secrets import new_key, secrets_from
from schemas.delivery import Delivery, Receipt
from schemas.journal import Journal
from tests.integration.delivery.parts import RECEIPT, Bench, Push, bench_on

pytestmark = [pytest.mark.service, pytest.mark.timeout(120)]


@pytest.fixture
async def own() -> AsyncIterator[Postgres]:
    async with running_postgres() as server:
        await asyncio.to_thread(migrate, server.url)
        yield server


@pytest.fixture
async def bench(own: Postgres) -> AsyncIterator[Bench]:
    async with bench_on(own.url) as one:
        yield one


async def _attempt(bench: Bench, act: Push) -> tuple[str, str, str | None]:
    """State, class and error of a delivery after one attempt that did `act`."""
    await bench.connect()
    bench.pusher.act = act
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.pool.fetchrow("select class, error from attempt")
    assert row is not None
    return await bench.state(key), row["class"], row["error"]


async def _crash(own: Postgres) -> None:
    await own.crash()
    await own.start()


def _tokens(bench: Bench, locks: Pool) -> LedgerTokens:
    return LedgerTokens(pool=bench.pool, secrets=secrets_from(new_key()), connection="acme", locks=locks)


@pytest.mark.parametrize(("begun", "state"), [(True, "uncertain"), (False, "ready")])
@pytest.mark.parametrize("then", ["load", "save", "end"])
async def test_a_crash_in_a_log_in_is_called_a_ledger_that_is_away(
    own: Postgres, bench: Bench, then: str, *, begun: bool, state: str
) -> None:
    async with await open_pool(own.url, size=2) as locks:
        tokens = _tokens(bench, locks)

        async def act(_: Delivery, journal: Journal) -> Receipt:
            if begun:
                await journal.start("create")
            async with tokens.alone():
                await _crash(own)
                if then == "load":
                    await tokens.load()
                elif then == "save":
                    await tokens.save({"token": "x"})
            raise AssertionError

        assert await _attempt(bench, act) == (state, "ledger_away", "LedgerAway")


async def test_a_log_in_that_begins_while_the_database_is_away_is_called_so(own: Postgres, bench: Bench) -> None:
    async with await open_pool(own.url, size=2) as locks:
        tokens = _tokens(bench, locks)

        async def act(_: Delivery, journal: Journal) -> Receipt:
            await journal.start("create")
            await own.crash()
            try:
                async with tokens.alone():
                    raise AssertionError
            finally:
                await own.start()

        assert await _attempt(bench, act) == ("uncertain", "ledger_away", "LedgerAway")


async def test_a_crash_between_two_steps_of_the_journal_is_waited_out(own: Postgres, bench: Bench) -> None:
    async def act(_: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        await _crash(own)
        await journal.finish("create", {"id": "remote"})
        return RECEIPT

    assert await _attempt(bench, act) == ("delivered", "delivered", None)
