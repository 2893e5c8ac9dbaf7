"""A ledger, a sandbox ATS and worker processes to be killed: what every chaos test of delivery is made of."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from adapters.sandbox import Sandbox, SandboxSettings, base_url, credentials
from app.embedded.postgres import Postgres
from app.ledger.connections import ConnectionStore
from app.ledger.pool import Pool, open_pool, persist
from app.secrets import new_key, secrets_from
from schemas.connection import ConnectionSpec
from schemas.delivery import delivery_key
from schemas.events import Application, Candidate, JobRef

ROOT = Path(__file__).parents[2]
VENDORS = ("webhook", "greenhouse", "jobadder")  # key, lookup, native
QUICK: Mapping[str, str] = {
    "ATS_SYNC_HTTP_TIMEOUT_S": "1",
    "ATS_SYNC_UPLOAD_TIMEOUT_S": "2",
    "ATS_SYNC_CONNECT_TIMEOUT_S": "0.5",
    "ATS_SYNC_LEASE_S": "4",
    "ATS_SYNC_SETTLE_S": "1.5",
    "ATS_SYNC_LOOK_INTERVAL_S": "0.3",
    "ATS_SYNC_RETRY_SCALE": "0.01",
    "ATS_SYNC_RATE_SCALE": "1000",
    "ATS_SYNC_DELIVER_SLOTS": "24",
    "ATS_SYNC_STOP_GRACE_S": "10",
    "ATS_SYNC_TESTING": "true",
}


@dataclass(slots=True)
class WorkerProcess:
    """One `deliver` process, and where it writes what it does."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, environment: Mapping[str, str], log: Path) -> WorkerProcess:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.chaos.worker"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        return cls(process, log)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        if not self.ended:
            self.process.send_signal(number)

    async def wait(self, at_most_s: float = 20.0) -> int:
        return await asyncio.to_thread(self.process.wait, at_most_s)

    async def end(self) -> None:
        self.send(signal.SIGCONT)
        self.send(signal.SIGKILL)
        await self.wait()


@dataclass(slots=True, kw_only=True)
class Storm:
    """`accounts`: connection -> vendor."""

    postgres: Postgres
    url: str
    pool: Pool
    sandbox: Sandbox
    folder: Path
    secret_key: str = field(default_factory=new_key)
    accounts: dict[str, str] = field(default_factory=dict)
    expected: dict[str, set[tuple[str, str]]] = field(default_factory=dict)  # account -> {(who, job)}
    workers: list[WorkerProcess] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=lambda: dict(QUICK))
    done: Counter[str] = field(default_factory=Counter)

    async def connect(self, *accounts: str) -> None:
        """Connections named `<vendor>-...`, each with the sandbox account of its own name."""
        specs = []
        for account in accounts:
            vendor = account.partition("-")[0]
            self.accounts[account] = vendor
            self.expected[account] = set()
            specs.append(
                ConnectionSpec(
                    name=account,
                    employer_id=f"employer-{account}",
                    vendor=vendor,
                    base_url=base_url(self.sandbox.url, vendor, account),
                    credentials=credentials(vendor),
                    trigger="engaged",
                )
            )
        await ConnectionStore(pool=self.pool, secrets=secrets_from(self.secret_key)).apply(specs)

    async def emit(self, account: str, numbers: Sequence[int], *, per_candidate: int = 1) -> None:
        """Applications of candidates with `per_candidate` jobs each, intended in one transaction."""

        async def once() -> None:
            async with self.pool.acquire() as session, session.transaction():
                for number in numbers:
                    await self._emit(session, account, number, per_candidate)

        await persist(once)

    async def _emit(self, session: Any, account: str, number: int, per_candidate: int) -> None:
        candidate, job = f"{account}-cand-{number // per_candidate}", str(1000 + number % per_candidate)
        application = application_of(account, f"{account}-app-{number}", candidate, job)
        key = delivery_key(
            employer_id=application.employer_id,
            connection=account,
            application_id=application.application_id,
            kind="create",
        )
        ids = (application.application_id, application.employer_id)
        await session.execute(
            "insert into application (application_id, employer_id, job_id, candidate_id, verdict, connection)"
            " values ($1, $2, $3, $4, 'CREATE', $5) on conflict do nothing",
            *(*ids, job, candidate, account),
        )
        await session.execute(
            "insert into snapshot (application_id, content_sha256, content) values ($1, 'x', $2)"
            " on conflict do nothing",
            *(ids[0], zlib.compress(msgspec.json.encode(application))),
        )
        await session.execute(
            "select emit_delivery($1, 'create', 1, $2, $3, $4, $5, $6, $6, 'x', true)",
            *(key, account, ids[1], ids[0], candidate, job),
        )
        who = ids[0] if self.accounts[account] == "webhook" else str(application.candidate.email)
        self.expected[account].add((who, job))

    def start(self, **changed: str) -> WorkerProcess:
        environment = {
            **self.settings,
            "ATS_SYNC_DATABASE_URL": self.url,
            "ATS_SYNC_SECRET_KEY": self.secret_key,
            **{f"ATS_SYNC_{name.upper()}": value for name, value in changed.items()},
        }
        worker = WorkerProcess.start(environment, self.folder / f"worker-{len(self.workers)}.log")
        self.workers.append(worker)
        return worker

    async def open_deliveries(self) -> int:
        async def once() -> int:
            return int(
                await self.pool.fetchval(
                    "select count(*) from delivery where state not in ('delivered', 'dead', 'parked')"
                )
            )

        return await persist(once)

    async def drained(self, *, at_most_s: float) -> None:
        """Until nothing is under way any more."""
        until = time.monotonic() + at_most_s
        while left := await self.open_deliveries():
            assert time.monotonic() < until, (
                f"{left} not settled in {at_most_s} s: {await self.states()}; {self.tail()}"
            )
            await asyncio.sleep(0.2)

    async def states(self) -> dict[str, int]:
        rows = await self.pool.fetch("select state, reason, count(*)::int as n from delivery group by 1, 2")
        return {f"{row['state']} {row['reason'] or ''}".strip(): row["n"] for row in rows}

    async def undelivered(self) -> str:
        """What became of each of these, in the ledger's words."""
        rows = await self.pool.fetch(
            "select connection, state, reason, attempts, unsent, last_class, last_code, last_error,"
            " (select string_agg(class || coalesce(' ' || error, ''), ', ' order by started_at) from attempt"
            "  where delivery_key = key) as attempts_made"
            " from delivery where state <> 'delivered' limit 5"
        )
        return "\n".join(str(dict(row)) for row in rows)

    def tail(self) -> str:
        """The last words of the workers."""
        return "\n".join(worker.log.read_text()[-600:] for worker in self.workers[-3:])

    def created(self, account: str) -> Counter[tuple[str, str]]:
        """How many applications the ATS ever created, per person and job: the oracle."""
        state = self.sandbox.state(account)["accounts"].get(account)
        if state is None:
            return Counter()
        return Counter({(c["who"], str(c["job_id"])): c["applications"] for c in state["creations"]})

    def lost(self) -> set[tuple[str, str]]:
        return {one for account, wanted in self.expected.items() for one in wanted - set(self.created(account))}

    def duplicated(self) -> dict[tuple[str, str], int]:
        return {one: n for account in self.accounts for one, n in self.created(account).items() if n > 1}

    def attachments(self) -> Counter[str]:
        """How many PDFs each application of the ATS has."""
        found: Counter[str] = Counter()
        for account in self.accounts:
            state = self.sandbox.state(account)["accounts"].get(account) or {"attachments": []}
            found.update(f"{account}/{a['application_id']}" for a in state["attachments"])
        return found

    def doubled(self) -> dict[Any, int]:
        """Whatever the ATS has more than once: applications of one person on one job, PDFs of one application."""
        return self.duplicated() | {name: n for name, n in self.attachments().items() if n > 1}

    async def end(self) -> None:
        for worker in self.workers:
            await worker.end()


@dataclass(slots=True, kw_only=True)
class Havoc:
    """A seeded plan of kill -9, SIGSTOP past the lease, and crashes of Postgres, while `running` workers work."""

    storm: Storm
    seed: int
    running: int = 3
    kills: int = 0
    pauses: int = 0
    crashes: int = 0
    pause_s: tuple[float, float] = (4.5, 6.0)

    async def until_drained(self, *, at_most_s: float) -> None:
        """Every planned fault happens while there is work; then the rest is drained in peace."""
        chance = random.Random(self.seed)
        plan = ["kill"] * self.kills + ["pause"] * self.pauses + ["crash"] * self.crashes
        chance.shuffle(plan)
        paused: set[asyncio.Task[None]] = set()
        until = time.monotonic() + at_most_s
        self._fill()
        for fault in plan:
            await asyncio.sleep(chance.uniform(0.2, 0.9))
            assert time.monotonic() < until, f"the plan took too long: {self.storm.done}"
            await self._inflict(fault, chance, paused)
            self._fill()
        await asyncio.gather(*paused)
        self._fill()
        await self.storm.drained(at_most_s=max(1.0, until - time.monotonic()))

    def _alive(self) -> list[WorkerProcess]:
        return [worker for worker in self.storm.workers if not worker.ended]

    def _fill(self) -> None:
        for _ in range(self.running - len(self._alive())):
            self.storm.start()

    async def _inflict(self, fault: str, chance: random.Random, paused: set[asyncio.Task[None]]) -> None:
        self.storm.done[fault] += 1
        if fault == "crash":
            await self.storm.postgres.crash()
            await self.storm.postgres.start()
            return
        worker = chance.choice(self._alive())
        if fault == "kill":
            worker.send(signal.SIGKILL)
            await worker.wait()
            return
        paused.add(asyncio.create_task(_freeze(worker, chance.uniform(*self.pause_s))))


async def until(condition: Callable[[], bool], *, at_most_s: float) -> None:
    """Other processes raise no event here: ask until it is so. Raises TimeoutError."""
    async with asyncio.timeout(at_most_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _freeze(worker: WorkerProcess, seconds: float) -> None:
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    worker.send(signal.SIGCONT)


def application_of(account: str, application_id: str, candidate: str, job: str) -> Application:
    return Application(
        application_id=application_id,
        employer_id=f"employer-{account}",
        job=JobRef(id=job, title="Welder"),
        source="direct",
        candidate=Candidate(
            id=candidate, first_name="Ana", last_name="Kovač", email=f"{candidate}@example.com", phone="+13125550199"
        ),
    )


@asynccontextmanager
async def storm_on(postgres: Postgres, url: str, folder: Path) -> AsyncIterator[Storm]:
    settings = SandboxSettings(port=0, keep_bodies=False, keep_attachments=False)
    async with Sandbox(settings) as sandbox, await open_pool(url, size=6) as pool:
        storm = Storm(postgres=postgres, url=url, pool=pool, sandbox=sandbox, folder=folder)
        try:
            yield storm
        finally:
            await storm.end()
