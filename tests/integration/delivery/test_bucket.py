"""The rate bucket of a connection: every call pays for itself, in whatever process, and no window holds more."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from adapters.base import Call, Reply
from adapters.pusher import VendorPusher
from adapters.transport import Target, Transport
from adapters.vendors import webhook
from app.ledger.gates import Doors, Toll
from app.ledger.pool import open_pool
from app.metrics import Metrics
from app.settings import load
from app.wiring.delivering import Delivering
from schemas.connection import Connection
from tests.integration.delivery.parts import FACTS, Bench, InstantRenderer

pytestmark = [pytest.mark.service, pytest.mark.timeout(240)]

_CONNECTIONS = 10
_BURST, _RATE_PER_S = 8.0, 2.0  # so little that even a busy machine would exceed it


@dataclass(slots=True)
class Counting(Transport):
    """An ATS that notes when each call arrives, and turns every fifth away with 429."""

    arrived: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def limit_s(self, call: Call) -> float:
        return 1.0

    async def send(self, call: Call, target: Target) -> Reply:
        arrived = self.arrived[target.url]
        arrived.append(time.monotonic())
        await asyncio.sleep(0.001)
        if len(arrived) % 5 == 0:
            return Reply(status=429, headers={"retry-after": "0"}, step=call.step)
        return Reply(status=200, body=b"{}", step=call.step)


@dataclass(slots=True)
class Payers:
    """See app.ports.Pushers: webhooks that pay at the ledger."""

    bench: Bench
    transport: Counting
    _known: dict[str, VendorPusher] = field(default_factory=dict)

    async def of(self, connection: Connection) -> VendorPusher:
        if connection.name not in self._known:
            adapter = webhook.Adapter(base_url=f"https://{connection.name}.invalid", secret="whsec_" + "QUJD" * 8)
            toll = Toll(pool=self.bench.pool, connection=connection.name)
            self._known[connection.name] = VendorPusher(adapter, self.transport, toll=toll.pay)
        return self._known[connection.name]


@pytest.mark.parametrize("each", [30, pytest.param(200, marks=pytest.mark.long)])
async def test_a_429_storm_burns_no_attempt_and_no_window_holds_more_than_the_bucket(bench: Bench, each: int) -> None:
    """By two processes' worth of runners; every window between any two calls of a connection is looked at."""
    transport = Counting()
    for number in range(_CONNECTIONS):
        name = f"acme-{number}"
        await bench.connect(name)
        facts = replace(FACTS, burst=_BURST, rate_per_s=_RATE_PER_S / 0.8, capability="key")
        await Doors(pool=bench.pool).put(name, facts)
        for n in range(each):
            await bench.emit(f"{name}-{n}", connection=name)
    settings = load({"ATS_SYNC_RETRY_SCALE": "0.001", "ATS_SYNC_RENDER_SLOTS": "4"})
    runners = [
        Delivering(
            pool=bench.pool,
            pushers=Payers(bench, transport),
            renderer=InstantRenderer(),
            notice=bench.notices,
            metrics=Metrics(),
            settings=settings,
        ).runner()
        for _ in range(2)
    ]
    async with asyncio.TaskGroup() as group:
        for runner in runners:
            group.create_task(runner.run())
        while await bench.pool.fetchval("select count(*) from delivery where state <> 'delivered'"):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        for runner in runners:
            runner.stop()
    calls = sum(map(len, transport.arrived.values()))
    over = max(_most_over(arrived) for arrived in transport.arrived.values())
    print(f"{calls} calls on {_CONNECTIONS} connections; fullest window: {over:.3f} of its bucket")  # noqa: T201
    assert calls > _CONNECTIONS * each * 1.1
    assert over <= 1.01
    assert await bench.pool.fetchval("select max(attempts) from delivery") == 0
    classes = Counter({row["class"]: row["n"] for row in await bench.pool.fetch(_CLASSES)})
    assert set(classes) == {"delivered", "throttled"}
    assert await bench.pool.fetchval("select max(calls) from gate") == pytest.approx(1.0, abs=0.2)


_CLASSES = "select class, count(*)::int as n from attempt group by 1"


def _most_over(arrived: Sequence[float]) -> float:
    """The fullest of all windows that begin and end with a call, as a share of what the vendor allows there."""
    return max(
        (last - first + 1) / (_BURST + _RATE_PER_S * (arrived[last] - arrived[first]))
        for first in range(len(arrived))
        for last in range(first, len(arrived))
    )


async def test_all_processes_pay_from_one_bucket(bench: Bench, database_url: str) -> None:
    bench.pusher.facts = replace(FACTS, rate_per_s=0.001, burst=20.0, max_inflight=8)
    await bench.connect()
    async with await open_pool(database_url, size=8) as other:
        tolls = [Toll(pool=pool, connection="acme") for pool in (bench.pool, other) for _ in range(10)]
        waits = await asyncio.gather(*(toll.pay() for toll in tolls))
    assert sum(wait == 0 for wait in waits) == 12
    assert all(wait > 100 for wait in waits if wait)


async def test_what_may_be_on_its_way_is_kept_back_from_the_burst(bench: Bench) -> None:
    """Calls paid for one after the other may arrive together: so many fewer are let through at once."""
    await bench.connect(facts=replace(FACTS, burst=20.0, max_inflight=4))
    assert (await bench.gate())["burst"] == 16
    await Doors(pool=bench.pool).put("acme", replace(FACTS, burst=5.0, max_inflight=8))
    assert (await bench.gate())["burst"] == 2.5


async def test_a_connection_told_to_wait_sells_no_call_before(bench: Bench) -> None:
    """Claims taken before the 429 are under way still."""
    await bench.connect()
    await bench.pool.execute("update gate set hold_until = clock_timestamp() + interval '30 s'")
    assert await Toll(pool=bench.pool, connection="acme").pay() == pytest.approx(30, abs=1)


async def test_a_connection_without_a_gate_is_not_held_up(bench: Bench) -> None:
    assert await Toll(pool=bench.pool, connection="nobody").pay() == 0
