"""What the others notice when 1 and then 10 of 100 connections hang every call: their p99 against the same run's calm.

`python -m tests.benchmarks.bench_isolation [seconds per round] [slots]`
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Final

from app.delivery.retry import Schedule
from app.delivery.runner import Runner, RunnerParts, RunnerSettings
from app.embedded.postgres import running_postgres
from app.ledger.gates import Doors
from app.ledger.migrate import migrate
from app.ledger.pool import is_transient
from schemas.delivery import Delivery, Receipt
from schemas.errors import Unknown
from schemas.journal import Journal
from tests.integration.delivery.parts import FACTS, Bench, bench_on, deliver_at_once

_CONNECTIONS: Final = 100
_PER_S: Final = 20.0  # deliveries of the others
_HANGING_S: Final = 3.0  # how long a call hangs; a tenth of the real limit, like every wait here
_CALL_S: Final = 0.05
_EACH: Final = 12  # deliveries of each connection that hangs
_WARM_S: Final = 1.0
_ROUNDS: Final = 5
_PUT: Final = """
with one as (
  insert into application (application_id, employer_id, job_id, candidate_id, verdict, connection)
  values ($1, 'e', 'j', $1, 'CREATE', $2)
), content as (
  insert into snapshot (application_id, content_sha256, content)
  select $1, 'x', content from snapshot limit 1
)
insert into delivery (key, kind, connection, employer_id, application_id, candidate_id, job_id, ats_job_id, state,
                      artifact_sha256)
select gen_random_uuid(), 'create', $2, 'e', $1, $1, 'j', 'x', 'ready', sha256 from artifact limit 1
"""


class Load:
    """`hanging`: so many of the connections, the first ones."""

    def __init__(self, bench: Bench, slots: int) -> None:
        self.bench = bench
        self.slots = slots
        self.hanging = 0
        self._number = 0
        self._random = Random(1)

    async def act(self, delivery: Delivery, journal: Journal) -> Receipt:
        if int(delivery.connection[1:]) < self.hanging:
            await journal.start("create")
            await asyncio.sleep(_HANGING_S)
            raise Unknown("create: TimeoutError")
        await asyncio.sleep(_CALL_S)
        return await deliver_at_once(delivery, journal)

    async def put(self, connection: int) -> str:
        self._number += 1
        name = f"app-{self._number}"
        await self.bench.pool.execute(_PUT, name, f"c{connection}")
        return name

    async def round(self, hanging: int, seconds: float) -> list[float]:
        """Seconds from ready to delivered of everything that does not hang, once work flows and while others hang.

        Of an idle runner the first deliveries wait for its next look: that is no matter of who hangs.
        """
        self.hanging = hanging
        runner = self._runner()
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            await self._flow(_WARM_S)
            group.create_task(self._put_hanging())
            names = await self._flow(seconds)
            while await self._open(names):  # noqa: ASYNC110 - the ledger raises no event here
                await asyncio.sleep(0.1)
            runner.stop()
        took = await self.bench.pool.fetch(
            "select extract(epoch from delivered_at - created_at)::float8 as s from delivery"
            " where application_id = any ($1)",
            names,
        )
        await self.bench.pool.execute("delete from delivery")
        await self.bench.pool.execute(
            "update gate set mode = 'closed', consec_fail = 0, trips = 0, open_until = null, opened_at = null"
        )
        return [row["s"] for row in took]

    async def _flow(self, seconds: float) -> list[str]:
        """Deliveries of connections that never hang, evenly; their applications."""
        names = []
        for _ in range(int(seconds * _PER_S)):
            names.append(await self.put(self._random.randrange(10, _CONNECTIONS)))
            await asyncio.sleep(1 / _PER_S)
        return names

    async def _put_hanging(self) -> None:
        for connection in range(self.hanging):
            for _ in range(_EACH):
                await self.put(connection)

    async def _open(self, names: list[str]) -> int:
        left: int = await self.bench.pool.fetchval(
            "select count(*) from delivery where application_id = any ($1) and state <> 'delivered'", names
        )
        return left

    def _runner(self) -> Runner:
        bench = self.bench

        async def tend() -> None:
            await bench.tending.park_paused()

        async def purge() -> None:
            return None

        parts = RunnerParts(
            claims=bench.store,
            renders=bench.renders,
            doors=Doors(pool=bench.pool),
            pushers=bench.pushers,
            engine=bench.engine,
            stage=bench.stage,
            tend=tend,
            purge=purge,
            is_transient=is_transient,
            notice=bench.notices,
        )
        return Runner(parts, RunnerSettings(slots=self.slots, lease_s=bench.lease_s, stop_grace_s=0.5))


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def main(seconds: float, slots: int) -> None:
    async with running_postgres() as postgres:
        url = await postgres.create_database("isolation")
        migrate(url)
        async with bench_on(url, lease_s=12.0, schedule=Schedule(random=Random(1), scale=0.1)) as bench:
            load = Load(bench, slots)
            bench.pusher.act = load.act
            bench.pusher.facts = replace(FACTS, capability="key", settle_s=0.0)
            for number in range(_CONNECTIONS):
                await bench.connect(f"c{number}")
            await bench.ready("first", connection="c99")
            await bench.deliver()
            await _measure(load, seconds)


async def _measure(load: Load, seconds: float) -> None:
    """Calm and hanging rounds take turns, and each kind's rounds are judged together: alone, a p99 is a few samples."""
    calm: list[float] = []
    hung: dict[int, list[float]] = {1: [], 10: []}
    await load.round(0, seconds / 3)  # warm
    for number in range(_ROUNDS):
        calm += await load.round(0, seconds)
        for hanging, took in hung.items():
            took.extend(await load.round(hanging, seconds))
        print(f"round {number + 1} of {_ROUNDS}: {_told(calm, hung)}", flush=True)  # noqa: T201
    print(f"{load.slots} slots, {len(calm):,} deliveries of each kind: {_told(calm, hung)} (goal <= 1.10)")  # noqa: T201


def _told(calm: list[float], hung: Mapping[int, list[float]]) -> str:
    base = percentile(calm, 0.99)
    worst = {hanging: percentile(took, 0.99) for hanging, took in hung.items()}
    words = [f"{hanging} hang {p99 * 1000:.0f} ms, ratio {p99 / base:.2f}" for hanging, p99 in worst.items()]
    return f"p99 of the others {base * 1000:.0f} ms; of {_CONNECTIONS}, {'; '.join(words)}"


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0, int(sys.argv[2]) if len(sys.argv) > 2 else 64))
