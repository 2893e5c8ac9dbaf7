"""Claim latency with 10 thousand and with 1 million ledger rows on 1,000 connections, as a ratio of one run.

`python -m tests.benchmarks.bench_claim [rows]`
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from contextlib import AsyncExitStack
from random import Random
from typing import Final

from app.embedded.postgres import running_postgres
from app.ledger.deliveries import DeliveryStore
from app.ledger.migrate import migrate
from app.ledger.pool import Pool, open_pool
from app.retry import Schedule

_CONNECTIONS: Final = 1_000
_CLAIMS: Final = 200
_SLOTS: Final = 16
_FILL: Final = """
insert into delivery (key, kind, connection, employer_id, application_id, candidate_id, job_id, ats_job_id, state,
                      delivered_at, next_at)
select gen_random_uuid(), 'create', 'c' || n % $2, 'e' || n % $2, 'a' || n, 'p' || n, 'j', 'x',
       case when n / $2 % 2 = 0 then 'delivered' else 'ready' end, case when n / $2 % 2 = 0 then now() end,
       now() - (n % 1000) * interval '1 s'
from generate_series(1, $1::int) n
"""


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
    for claim in claims:
        await store.release(claim, until=time.monotonic() + 60)
    return took


async def main(rows: int) -> None:
    """The two ledgers take turns, so that whatever else the machine does meets both."""
    sizes = (10_000, rows)
    took: dict[int, list[float]] = {size: [] for size in sizes}
    async with running_postgres() as postgres, AsyncExitStack() as stack:
        stores = {}
        for size in sizes:
            url = await postgres.create_database(f"bench_{size}")
            migrate(url)
            pool = await stack.enter_async_context(await open_pool(url, size=2, statement_timeout_s=600))
            await fill(pool, size)
            stores[size] = DeliveryStore(pool=pool, schedule=Schedule(random=Random(1)))
        for _ in range(_CLAIMS):
            for size in sizes:
                took[size].append(await claim_once(stores[size]))
    medians = [statistics.median(took[size]) for size in sizes]
    for size, median in zip(sizes, medians, strict=True):
        print(f"{size:>9,} rows: claim of {_SLOTS} {median * 1000:6.1f} ms, {_SLOTS / median:7,.0f} a second")  # noqa: T201
    print(f"ratio {medians[1] / medians[0]:.2f} (goal <= 1.5)")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
