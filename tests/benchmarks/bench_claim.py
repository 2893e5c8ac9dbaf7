"""Claims with 10 thousand and with 1 million ledger rows on 1,000 connections, as a ratio of one run; and their plans.

`python -m tests.benchmarks.bench_claim [rows]`
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Final

from app.delivery.retry import Schedule
from app.delivery.work import Claim
from app.embedded.postgres import running_postgres
from app.ledger.deliveries import DeliveryStore
from app.ledger.migrate import migrate
from app.ledger.pool import Pool, open_pool

_CONNECTIONS: Final = 1_000
_CLAIMS: Final = 200
_SLOTS: Final = 16
_CLAIMERS: Final = 4
_TURNS: Final = 10  # claims of each claimer before the other ledger has its turn
_FILL: Final = """
insert into delivery (key, kind, connection, employer_id, application_id, candidate_id, job_id, ats_job_id, state,
                      delivered_at, next_at)
select gen_random_uuid(), 'create', 'c' || n % $2, 'e' || n % $2, 'a' || n, 'p' || n, 'j', 'x',
       case when n / $2 % 2 = 0 then 'delivered' else 'ready' end, case when n / $2 % 2 = 0 then now() end,
       now() - (n % 1000) * interval '1 s'
from generate_series(1, $1::int) n
"""


# What claim_deliveries asks, each with values in place of its variables.
_PLANS: Final = {
    "gates that may be claimed from": """
select ga.* from gate ga
where (ga.mode = 'closed' or (ga.mode in ('open', 'half_open') and ga.open_until <= clock_timestamp()))
  and (ga.hold_until is null or ga.hold_until <= clock_timestamp())
  and tokens_of(ga, clock_timestamp()) >= 1
  and (ga.mode <> 'closed' or room_of(ga) > (
    select count(*) from delivery d where d.connection = ga.connection and d.state = 'sending'))
  and exists (select from delivery d where d.connection = ga.connection and d.state in ('ready', 'uncertain')
              and d.next_at <= now())
order by ga.last_claim_at nulls first limit 16 for update skip locked""",
    "due deliveries of one connection": """
select d.key, d.candidate_id, d.next_at from delivery d
where d.connection = 'c7' and d.state in ('ready', 'uncertain') and d.priority = 1
  and d.next_at <= now() and not is_blocked(d, '{}')
order by d.next_at limit 8 for update skip locked""",
    "expired leases": """
select d.key from delivery d where d.state = 'sending' and d.lease_until < clock_timestamp()
order by d.lease_until limit 500 for update of d skip locked""",
}


async def fill(pool: Pool, rows: int) -> None:
    """Half of the rows delivered, half of them due, evenly on all connections."""
    await pool.execute(
        "insert into gate (connection, capability, rate_per_s, burst, tokens)"
        " select 'c' || n, 'lookup', 1e6, 1e6, 1e6 from generate_series(0, $1::int - 1) n",
        _CONNECTIONS,
    )
    await pool.execute("alter table delivery disable trigger user")
    await pool.execute(_FILL, rows, _CONNECTIONS, timeout=600)
    await pool.execute("alter table delivery enable trigger user")
    await pool.execute("vacuum analyze", timeout=600)


async def claim_once(store: DeliveryStore) -> float:
    """Seconds of one claim; what it claimed is given back, outside the measurement."""
    began = time.perf_counter()
    claims = await store.claim(_SLOTS)
    took = time.perf_counter() - began
    assert len(claims) == _SLOTS, "nothing left to claim"
    await _give_back(store, claims)
    return took


async def _give_back(store: DeliveryStore, claims: Sequence[Claim]) -> None:
    for claim in claims:
        await store.release(claim, until=time.monotonic() + 60)


async def claims_a_second(stores: list[DeliveryStore]) -> float:
    """Deliveries claimed by several workers at once; giving them back is part of it."""

    async def turns(store: DeliveryStore) -> int:
        found = 0
        for _ in range(_TURNS):
            claims = await store.claim(_SLOTS)
            await _give_back(store, claims)
            found += len(claims)
        return found

    began = time.perf_counter()
    claimed = await asyncio.gather(*map(turns, stores))
    return sum(claimed) / (time.perf_counter() - began)


async def show_plans(pool: Pool) -> None:
    for name, asked in _PLANS.items():
        rows = await pool.fetch("explain (analyze, buffers, costs off, summary off) " + asked)
        print(f"\n{name}:", *(f"  {row[0]}" for row in rows), sep="\n")  # noqa: T201


async def main(rows: int) -> None:
    """The two ledgers take turns, so that whatever else the machine does meets both."""
    sizes = (10_000, rows)
    took: dict[int, list[float]] = {size: [] for size in sizes}
    speed: dict[int, list[float]] = {size: [] for size in sizes}
    async with running_postgres() as postgres, AsyncExitStack() as stack:
        pools, stores = {}, {}
        for size in sizes:
            url = await postgres.create_database(f"bench_{size}")
            migrate(url)
            pools[size] = pool = await stack.enter_async_context(
                await open_pool(url, size=_CLAIMERS, statement_timeout_s=600)
            )
            await fill(pool, size)
            stores[size] = [DeliveryStore(pool=pool, schedule=Schedule(random=Random(1))) for _ in range(_CLAIMERS)]
        for _ in range(_CLAIMS):
            for size in sizes:
                took[size].append(await claim_once(stores[size][0]))
        for _ in range(4):
            for size in sizes:
                speed[size].append(await claims_a_second(stores[size]))
        _show(sizes, took, speed)
        await show_plans(pools[rows])


def _show(sizes: tuple[int, int], took: dict[int, list[float]], speed: dict[int, list[float]]) -> None:
    medians = [statistics.median(took[size]) for size in sizes]
    fast = [statistics.median(speed[size]) for size in sizes]
    for size, median, many in zip(sizes, medians, fast, strict=True):
        print(  # noqa: T201
            f"{size:>9,} rows: claim of {_SLOTS} {median * 1000:6.1f} ms; {_CLAIMERS} workers {many:7,.0f} deliveries/s"
        )
    print(  # noqa: T201
        f"latency ratio {medians[1] / medians[0]:.2f}, throughput ratio {fast[0] / fast[1]:.2f} (goal <= 1.5 each)"
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
