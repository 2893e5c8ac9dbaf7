"""Runs the ambiguity matrix: every outcome of an ATS by every capability, so many deliveries each, counted.

`python -m tests.chaos.matrix [deliveries per cell]`. Runner, engine, driver, adapters, journal and gates are the
service's own on a real PostgreSQL; the ATS is the sandbox without its sockets. What the real transport makes of real
sockets is held by tests/contract.
"""

from __future__ import annotations

import asyncio
import sys
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from app.embedded.postgres import running_postgres
from app.ledger.connections import ConnectionStore
from app.ledger.migrate import migrate
from app.ledger.operators import Operators, Order
from app.ledger.pool import Pool, open_pool
from app.metrics import Metrics
from app.secrets import new_key, secrets_from
from app.settings import load
from app.wiring.delivering import Delivering
from schemas.connection import ConnectionSpec
from schemas.delivery import delivery_key
from schemas.events import Application
from tests.chaos.matrix_ats import Aimed, AimedPushers, Cell, InProcess
from tests.chaos.matrix_cells import COLUMNS, OUTCOMES, SETTLE_S
from tests.chaos.storm import application_of

JOB: Final = "1000"
_SETTINGS: Final = {
    "ATS_SYNC_SETTLE_S": str(SETTLE_S),
    "ATS_SYNC_LOOK_INTERVAL_S": "0.02",
    "ATS_SYNC_RETRY_SCALE": "0.0001",
    "ATS_SYNC_RATE_SCALE": "1000",
    "ATS_SYNC_DELIVER_SLOTS": "64",
}
_WAVE: Final = 40  # deliveries of each cell at a time
_PDF: Final = b"%PDF-1.7\ntrailer << /Root 1 0 R >>\n%%EOF\n"
_ORDER: Final = Order(actor="matrix", reason="the account lets us in again")


@dataclass(slots=True)
class Count:
    """What became of one cell's deliveries. `uncertain`: how many were ever in doubt."""

    deliveries: int = 0
    met: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    pdf_doubled: int = 0
    uncertain: int = 0
    manual: Counter[str] = field(default_factory=Counter)  # dead and parked, by reason

    def add(self, other: Count) -> None:
        for name in ("deliveries", "met", "delivered", "lost", "doubled", "pdf_doubled", "uncertain"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.manual += other.manual


def cells() -> dict[str, Cell]:
    """By the name of their connection."""
    return {
        f"{column.capability}-{number}": Cell(column=column, outcome=outcome)
        for column in COLUMNS
        for number, outcome in enumerate(OUTCOMES)
    }


@dataclass(slots=True)
class Matrix:
    pool: Pool
    cells: dict[str, Cell] = field(default_factory=cells)
    counts: dict[str, Count] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = {name: Count() for name in self.cells}

    async def run(self, each: int, told: Callable[[Matrix], None] = lambda _matrix: None) -> None:
        """Wave after wave, each drained before the next; `told` after each."""
        await self._connect()
        for start in range(0, each, _WAVE):
            numbers = range(start, min(each, start + _WAVE))
            faults = Aimed(cells=self.cells)
            transport = InProcess(faults)
            for name, cell in self.cells.items():
                transport.world.set_rules(name, cell.outcome.rules)
                await self._emit(name, numbers)
            async with self._delivering(transport):
                await self._drained(transport, at_most_s=600)
            transport.commit_held()
            await self._count(transport, faults, numbers)
            transport.world.close()
            await self.pool.execute(
                "truncate delivery, step, attempt, delivery_move, outbox, tombstone, application, snapshot, issue"
            )
            told(self)

    async def _connect(self) -> None:
        specs = [
            ConnectionSpec(
                name=name,
                employer_id=f"employer-{name}",
                vendor=cell.column.vendor,
                base_url="https://matrix.invalid",
                credentials={"unused": "here"},
                trigger="engaged",
            )
            for name, cell in self.cells.items()
        ]
        await ConnectionStore(pool=self.pool, secrets=secrets_from(new_key())).apply(specs)

    async def _emit(self, name: str, numbers: range) -> None:
        """Intended by the service's own function; rendered by nobody: all send the same small PDF."""
        given = [_application(name, number) for number in numbers]
        keys = [
            delivery_key(employer_id=one.employer_id, connection=name, application_id=one.application_id, kind="create")
            for one in given
        ]
        ids, people = [one.application_id for one in given], [one.candidate.id for one in given]
        await self.pool.execute(
            "insert into application (application_id, employer_id, job_id, candidate_id, verdict, connection)"
            " select i, $3, $4, p, 'CREATE', $5 from unnest($1::text[], $2::text[]) as x (i, p)",
            *(ids, people, given[0].employer_id, JOB, name),
        )
        await self.pool.execute(
            "insert into snapshot (application_id, content_sha256, content)"
            " select i, 'x', c from unnest($1::text[], $2::bytea[]) as x (i, c)",
            *(ids, [zlib.compress(msgspec.json.encode(one), 1) for one in given]),
        )
        await self.pool.execute(
            "select emit_delivery(k, 'create', 1, $4, $5, i, p, $6, $6, 'x', true)"
            " from unnest($1::uuid[], $2::text[], $3::text[]) as x (k, i, p)",
            *(keys, ids, people, name, given[0].employer_id, JOB),
        )
        await self.pool.execute(
            "with a as (insert into artifact (sha256, content, size)"
            " values (encode(sha256($2::bytea), 'hex'), $2, length($2)) on conflict do nothing)"
            " update delivery set state = 'ready', artifact_sha256 = encode(sha256($2::bytea), 'hex')"
            " where key = any ($1::uuid[])",
            *(keys, _PDF),
        )

    @asynccontextmanager
    async def _delivering(self, transport: InProcess) -> AsyncIterator[None]:
        runner = Delivering(
            pool=self.pool,
            pushers=AimedPushers(transport, self.cells),
            renderer=_NobodyRenders(),
            notice=lambda _event, **_fields: None,
            metrics=Metrics(),
            settings=load(_SETTINGS),
        ).runner()
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            operator = group.create_task(self._resume())
            yield
            runner.stop()
            operator.cancel()

    async def _resume(self) -> None:
        """An operator who lets every paused connection in again, at once and always."""
        operators = Operators(self.pool)
        while True:
            for row in await self.pool.fetch("select name from connection where state = 'paused'"):
                await operators.resume(row["name"], _ORDER)
            await asyncio.sleep(0.05)

    async def _drained(self, transport: InProcess, *, at_most_s: float) -> None:
        until = time.monotonic() + at_most_s
        while await self._open() or transport.late:
            assert time.monotonic() < until, await self._left()
            await asyncio.sleep(0.1)

    async def _open(self) -> int:
        left: int = await self.pool.fetchval(
            "select count(*)::int from delivery where state in ('new', 'ready', 'sending', 'uncertain')"
            " or (state = 'parked' and reason = 'connection_down')"
        )
        return left

    async def _left(self) -> list[str]:
        """Words for a run that does not end."""
        rows = await self.pool.fetch(
            "select d.connection, d.state, d.reason, d.attempts, d.unsent, d.last_class, d.last_error,"
            " (d.next_at - now())::text as due, g.mode from delivery d join gate g using (connection)"
            " where d.state not in ('delivered', 'dead', 'cancelled')"
            " and d.reason is distinct from 'ambiguous_delivery' limit 20"
        )
        return [f"{self.cells[row['connection']].outcome.name}: {dict(row)}" for row in rows]

    async def _count(self, transport: InProcess, faults: Aimed, numbers: range) -> None:
        rows = await self.pool.fetch(
            "select d.application_id, d.connection, d.state, d.reason, exists (select from delivery_move m"
            " where m.delivery_key = d.key and m.to_state = 'uncertain') or d.ambiguous as doubted from delivery d"
        )
        found = {row["application_id"]: row for row in rows}
        for name, cell in self.cells.items():
            placed = _placed(transport, name, cell.column.vendor)
            count = Count(deliveries=len(numbers), met=faults.met[name])
            for number in numbers:
                one = _application(name, number)
                who = one.application_id if cell.column.vendor == "webhook" else str(one.candidate.email)
                _judge(count, found.get(one.application_id), placed.get(who, _NOWHERE))
            self.counts[name].add(count)


def _application(name: str, number: int) -> Application:
    return application_of(name, f"{name}-app-{number}", f"{name}-cand-{number}", JOB)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """How often a person's application was ever created, and how many PDFs are on the one that has most."""

    times: int
    files: int


_NOWHERE: Final = _Placed(times=0, files=0)


def _placed(transport: InProcess, name: str, vendor: str) -> dict[str, _Placed]:
    account = transport.world.account(name, vendor)
    files: Counter[str] = Counter()
    for application in account.applications.values():
        person = account.candidates[application.candidate_id]
        who = str(application.extra.get("application_id") or person.emails[0].lower())
        files[who] = max(files[who], len(account.files_of(application.id)))
    return {who: _Placed(times=n, files=files[who]) for (_job, who), n in account.applications_created.items()}


def _judge(count: Count, row: Any, placed: _Placed) -> None:
    count.doubled += placed.times > 1
    count.pdf_doubled += placed.files > 1
    if row is None:
        count.lost += 1
        return
    count.uncertain += row["doubted"]
    if row["state"] == "delivered":
        count.delivered += 1
        count.lost += 0 in (placed.times, placed.files)
    elif row["state"] in ("dead", "parked"):
        count.manual[f"{row['state']} {row['reason']}"] += 1
    else:
        count.lost += 1


class _NobodyRenders:
    async def render(self, application: Application, *, budget_bytes: int) -> bytes:
        raise AssertionError("everything is rendered already")


def table(matrix: Matrix) -> Iterator[str]:
    """In Markdown: a row for every outcome, a column for every capability."""
    each = max(count.deliveries for count in matrix.counts.values())
    yield f"{each:,} deliveries in each cell: lost / doubled / PDF doubled / ever in doubt / left to a person"
    yield ""
    yield "| outcome | " + " | ".join(column.name for column in COLUMNS) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for number, outcome in enumerate(OUTCOMES):
        row = [_words(matrix.counts[f"{column.capability}-{number}"]) for column in COLUMNS]
        yield f"| {outcome.name} | " + " | ".join(row) + " |"


def _words(count: Count) -> str:
    manual = ", ".join(f"{n} {reason}" for reason, n in sorted(count.manual.items()))
    return f"{count.lost} / {count.doubled} / {count.pdf_doubled} / {count.uncertain} / {manual or 0}"


@asynccontextmanager
async def matrix_on(url: str) -> AsyncIterator[Matrix]:
    async with await open_pool(url, size=24) as pool:
        yield Matrix(pool)


def _show(matrix: Matrix) -> None:
    print(*table(matrix), "", sep="\n", flush=True)  # noqa: T201


async def main(each: int) -> None:
    async with running_postgres() as postgres:
        url = await postgres.create_database("matrix")
        migrate(url)
        began = time.monotonic()
        async with matrix_on(url) as matrix:
            await matrix.run(each, _show)
            print(f"{time.monotonic() - began:.0f} s")  # noqa: T201


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
