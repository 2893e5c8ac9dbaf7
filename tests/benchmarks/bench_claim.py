"""Claim latency and throughput with 10 thousand and with 1 million ledger rows on 1,000 connections, as ratios of one run.

`python -m tests.benchmarks.bench_claim [rows]`
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from random import Random
from typing import Final
from uuid import uuid4

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
       case when n % 2 = 0 then 'delivered' else 'ready' end, case when n % 2 = 0 then now() end,
       now() - (n % 1000) * interval '1 s'
from generate_series(1, $1::int) n
"""


async def measure(pool: Pool, rows: int) -> tuple[float, float]:
    """(median seconds of a claim, deliveries claimed a second), each claim followed by its release."""
    await pool.execute(
        "insert into gate (connection, capability, rate_per_s, burst, tokens)"
        " select 'c' || n, 'lookup', 1e6, 1e6, 1e6 from generate_series(0, $1::int - 1) n",
        _CONNECTIONS,
    )
    await pool.execute("alter table delivery disable trigger user")
    await pool.execute(_FILL, rows, _CONNECTIONS, timeout=600)
    await pool.execute("alter table delivery enable trigger user")
    await pool.execute("vacuum analyze", timeout=600)
    store = DeliveryStore(pool=pool, schedule=Schedule(random=Random(1)), worker=uuid4())
    took, claimed = [], 0
    for _ in range(_CLAIMS):
        began = time.perf_counter()
        claims = await store.claim(_SLOTS)
        took.append(time.perf_counter() - began)
        claimed += len(claims)
        for claim in claims:
            await store.release(claim, until=time.monotonic() + 60)
    return statistics.median(took), claimed / sum(took)


async def main(rows: int) -> None:
    async with running_postgres() as postgres:
        found = []
        for number in (10_000, rows):
            url = await postgres.create_database(f"bench_{number}")
            migrate(url)
            async with await open_pool(url, size=2, statement_timeout_s=600) as pool:
                found.append(await measure(pool, number))
            took, rate = found[-1]
            print(f"{number:>9,} rows: claim of {_SLOTS} {took * 1000:6.1f} ms, {rate:7,.0f} claimed/s")  # noqa: T201
    (small, fast), (large, slow) = found
    print(f"ratio {large / small:.2f} in latency, {fast / slow:.2f} in throughput (goal <= 1.5)")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
