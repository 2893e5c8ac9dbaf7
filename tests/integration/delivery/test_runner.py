"""The deliver role as a whole: from intent to receipt, clean stops, a database that goes away, one bad connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from app.delivery.runner import Runner, RunnerParts, RunnerSettings
from app.delivery.work import Claim
from app.embedded.postgres import running_postgres
from app.ledger.gates import Doors
from app.ledger.migrate import migrate
from app.ledger.pool import is_transient, persist
from app.ledger.tending import Kept
from schemas.delivery import Delivery, Receipt
from schemas.errors import ConfigError
from schemas.journal import Journal
from tests.integration.delivery.parts import FACTS, RECEIPT, Bench, bench_on, deliver_at_once

pytestmark = [pytest.mark.service, pytest.mark.timeout(120)]


def _runner(bench: Bench, **changed: float) -> Runner:
    async def tend() -> None:
        await bench.tending.park_paused()
        await bench.tending.expire()

    parts = RunnerParts(
        claims=bench.store,
        renders=bench.renders,
        doors=Doors(pool=bench.pool),
        pushers=bench.pushers,
        engine=bench.engine,
        stage=bench.stage,
        tend=tend,
        purge=lambda: bench.tending.purge(Kept()),
        is_transient=is_transient,
        notice=bench.notices,
    )
    settings = RunnerSettings(poll_s=0.02, tend_s=0.05, lease_s=bench.lease_s)
    return Runner(parts, replace(settings, **changed))  # type: ignore[arg-type]


@asynccontextmanager
async def _running(runner: Runner) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(runner.run())
    try:
        yield task
    finally:
        runner.stop()
        await task


async def _until_states(bench: Bench, **wanted: int) -> None:
    async def once() -> dict[str, int]:
        rows = await bench.pool.fetch("select state, count(*)::int as n from delivery group by 1")
        return {row["state"]: row["n"] for row in rows}

    async def reached() -> bool:
        return await persist(once) == wanted

    await _until(reached)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """The ledger raises no event here: ask until it is so."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_new_connection_gets_its_gate_and_its_work_goes_through(bench: Bench) -> None:
    await bench.connect()
    await bench.pool.execute("delete from gate")
    for n in range(30):
        await bench.emit(f"app-{n}")
    async with _running(_runner(bench)):
        await _until_states(bench, delivered=30)
    assert (await bench.gate())["capability"] == "lookup"


async def test_a_connection_whose_settings_cannot_be_used_is_paused_and_said_once(bench: Bench) -> None:
    await bench.connect()
    await bench.pool.execute("delete from gate")
    bench.pushers.error = ConfigError("no such vendor")

    async def paused() -> bool:
        return bool(await bench.pool.fetchval("select state = 'paused' from connection"))

    async with _running(_runner(bench)):
        await _until(paused)
    assert await bench.pool.fetchval("select n from issue") == 1


async def test_a_clean_stop_finishes_what_was_begun_and_leaves_no_doubt(bench: Bench) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        begun.set()
        await go_on.wait()
        await journal.finish("create", {})
        return RECEIPT

    bench.pusher.act = act
    await bench.connect()
    for n in range(20):
        await bench.ready(f"app-{n}")
    runner = _runner(bench)
    async with _running(runner) as task:
        await begun.wait()
        runner.stop()
        await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        await task
    states = await bench.pool.fetch("select state, count(*)::int as n from delivery group by 1")
    counted = {row["state"]: row["n"] for row in states}
    assert set(counted) <= {"delivered", "ready"}
    assert counted["delivered"] >= 1
    assert await bench.pool.fetchval("select count(*) from delivery where ambiguous") == 0


async def test_a_stop_that_takes_too_long_ends_and_leaves_the_rest_to_the_reaper(bench: Bench) -> None:
    begun = asyncio.Event()

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        begun.set()
        await asyncio.Event().wait()
        return RECEIPT

    bench.pusher.act = act
    await bench.connect()
    key = await bench.ready("app-1")
    runner = _runner(bench, stop_grace_s=0.2)
    async with _running(runner):
        await begun.wait()
    assert await bench.state(key) == "sending"
    assert "stopped_after_grace" in bench.notices.events


async def test_postgres_crashing_under_it_loses_and_doubles_nothing() -> None:
    """The outcome in hand is written when the database is back, within the lease."""
    sent: list[str] = []
    async with running_postgres() as postgres:
        url = await postgres.create_database("crash")
        migrate(url)

        async def act(delivery: Delivery, journal: Journal) -> Receipt:
            if await journal.done("create") is None:
                await journal.start("create")
                sent.append(delivery.application_id)
                if len(sent) == 5:
                    await postgres.crash()
                    back.append(asyncio.create_task(postgres.start()))
                await journal.finish("create", {})
            return RECEIPT

        back: list[asyncio.Task[None]] = []
        async with bench_on(url) as bench:
            bench.pusher.act = act
            await bench.connect()
            for n in range(20):
                await bench.ready(f"app-{n}")
            async with _running(_runner(bench)):
                await _until_states(bench, delivered=20)
            await asyncio.gather(*back)
    assert sorted(sent) == sorted(f"app-{n}" for n in range(20))


async def test_p3_one_connection_that_hangs_does_not_hold_up_the_others(bench: Bench) -> None:
    """50 deliveries of 10 connections go through while 2 others hang every call with plenty of work."""

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        if delivery.connection.startswith("hang"):
            await asyncio.Event().wait()
        return await deliver_at_once(delivery, journal)

    bench.pusher.act = act
    for name in ("hang-1", "hang-2"):
        await bench.connect(name)
        for n in range(10):
            await bench.ready(f"{name}-{n}", connection=name)
    for c in range(10):
        await bench.connect(f"good-{c}")
        for n in range(5):
            await bench.ready(f"good-{c}-{n}", connection=f"good-{c}")
    runner = _runner(bench, slots=16, stop_grace_s=0.0)
    async with _running(runner):
        await _until_states(bench, delivered=50, sending=2 * FACTS.max_inflight, ready=12)


async def test_p3_ten_of_a_hundred_that_hang_leave_slots_to_the_others(bench: Bench) -> None:
    """Before any breaker can know: each holds its cap and no more, and one process has room for all of them."""

    async def act(delivery: Delivery, journal: Journal) -> Receipt:
        if delivery.connection.startswith("hang"):
            await asyncio.Event().wait()
        return await deliver_at_once(delivery, journal)

    bench.pusher.act = act
    hanging = [f"hang-{number}" for number in range(10)]
    for name in hanging:
        await bench.connect(name)
        for n in range(FACTS.max_inflight + 1):
            await bench.ready(f"{name}-{n}", connection=name)
    for number in range(90):
        await bench.connect(f"good-{number}")
        await bench.ready(f"good-{number}", connection=f"good-{number}")
    async with _running(_runner(bench, stop_grace_s=0.0)):
        await _until_states(bench, delivered=90, sending=10 * FACTS.max_inflight, ready=10)


async def test_one_delivery_that_cannot_be_read_stops_nobody(bench: Bench) -> None:
    await bench.connect()
    await bench.ready("app-1")
    broken = await bench.emit("app-2")
    await bench.pool.execute("update snapshot set content = 'no zlib'::bytea where application_id = 'app-2'")
    async with _running(_runner(bench)):
        await _until_states(bench, delivered=1, dead=1)
    assert (await bench.row(broken))["reason"] == "content_unreadable"


async def test_an_error_of_the_program_in_one_delivery_is_told_and_stops_nobody(bench: Bench) -> None:
    await bench.connect()
    first = await bench.ready("app-1")
    await bench.pool.execute("update snapshot set content = 'no zlib'::bytea")  # after it was rendered
    await bench.ready("app-2")
    async with _running(_runner(bench)):
        await _until_states(bench, delivered=1, sending=1)
    assert await bench.state(first) == "sending"
    assert "delivery_fault" in bench.notices.events


async def test_a_fault_of_the_database_is_waited_out_and_an_error_of_the_program_comes_out(bench: Bench) -> None:
    runner = _runner(bench)
    runner._parts = replace(runner._parts, claims=_FaultThenError())
    with pytest.raises(ExceptionGroup) as caught:
        await runner.run()
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
    assert "database_away" in bench.notices.events


class _FaultThenError:
    """A connection that was reset, and then a bug."""

    def __init__(self) -> None:
        self._faults: list[Exception] = [ZeroDivisionError(), ConnectionResetError()]

    async def claim(self, slots: int) -> list[Claim]:
        raise self._faults.pop()

    async def reap(self) -> object:
        return None
