"""A ledger with deliveries in it, an ATS that does as it is told, and an engine between them."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from app.delivery.engine import Engine
from app.delivery.render_stage import RenderStage
from app.delivery.retry import Schedule
from app.delivery.work import Settled
from app.failpoints import Failpoints
from app.ledger.connections import ConnectionStore
from app.ledger.deliveries import DeliveryStore
from app.ledger.gates import Doors
from app.ledger.pool import Pool, open_pool
from app.ledger.renders import RenderStore
from app.ledger.tending import Tending
from app.links import Links
from app.secrets import new_key, secrets_from
from schemas.connection import Connection, ConnectionSpec, Policy
from schemas.delivery import Capability, Delivery, Kind, Receipt, delivery_key
from schemas.events import Application, Candidate, JobRef
from schemas.journal import Journal
from schemas.vendor import VendorFacts

FACTS = VendorFacts(
    title="Scripted",
    capability="lookup",
    dedupe_key="the key",
    max_pdf_bytes=1_000_000,
    attach_level="application",
    update="add_pdf",
    erase="delete",
    source="set",
    silent="sends no mail",
    read_back=True,
    rate_per_s=10_000.0,
    burst=10_000.0,
    settle_s=0.0,
)
RECEIPT = Receipt(candidate_id="c1", application_id="a1", attachment_id="f1", attribution="set")
Push = Callable[[Delivery, Journal], Awaitable[Receipt]]


async def deliver_at_once(delivery: Delivery, journal: Journal) -> Receipt:
    """What an obedient ATS does: one step, started and finished."""
    if await journal.done("create") is None:
        await journal.start("create")
        await journal.finish("create", {"id": f"remote-{delivery.application_id}"})
    return RECEIPT


@dataclass(slots=True)
class ScriptedPusher:
    """Speaks to nobody; `push` is what happens."""

    facts: VendorFacts = FACTS
    act: Push = deliver_at_once
    pushed: list[Delivery] = field(default_factory=list)

    async def push(self, delivery: Delivery, journal: Journal, *, deadline: float) -> Receipt:
        self.pushed.append(delivery)
        return await self.act(delivery, journal)


@dataclass(slots=True)
class ScriptedPushers:
    pusher: ScriptedPusher
    error: Exception | None = None

    async def of(self, connection: Connection) -> ScriptedPusher:
        if self.error:
            raise self.error
        return self.pusher


@dataclass(slots=True)
class InstantRenderer:
    """The same small bytes for the same application."""

    rendered: int = 0
    error: Exception | None = None

    async def render(self, application: Application, *, budget_bytes: int) -> bytes:
        self.rendered += 1
        if self.error:
            raise self.error
        return b"%PDF-1.7 " + application.application_id.encode()


@dataclass(slots=True)
class Notices:
    """What the parts had to say."""

    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def __call__(self, event: str, **fields: Any) -> None:
        self.told.append((event, fields))

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.told]


@dataclass(slots=True, kw_only=True)
class Bench:
    """One worker's view of a ledger; `another()` is a second worker on the same one."""

    pool: Pool
    pusher: ScriptedPusher = field(default_factory=ScriptedPusher)
    renderer: InstantRenderer = field(default_factory=InstantRenderer)
    schedule: Schedule = field(default_factory=lambda: Schedule(random=Random(1), scale=0.0, look_interval_s=0.0))
    notices: Notices = field(default_factory=Notices)
    failpoints: Failpoints = field(default_factory=Failpoints)
    lease_s: float = 60.0
    links: Links | None = None
    pushers: ScriptedPushers = field(init=False)
    store: DeliveryStore = field(init=False)

    def __post_init__(self) -> None:
        self.pushers = ScriptedPushers(self.pusher)
        self.store = DeliveryStore(
            pool=self.pool, schedule=self.schedule, lease_s=self.lease_s, failpoints=self.failpoints
        )

    def another(self, **changed: Any) -> Bench:
        return Bench(pool=self.pool, pusher=self.pusher, renderer=self.renderer, schedule=self.schedule, **changed)

    @property
    def engine(self) -> Engine:
        return Engine(
            ledger=self.store,
            pushers=self.pushers,
            schedule=self.schedule,
            notice=self.notices,
            lease_s=self.lease_s,
            failpoints=self.failpoints,
            links=self.links,
        )

    @property
    def stage(self) -> RenderStage:
        return RenderStage(
            ledger=self.renders,
            pushers=self.pushers,
            renderer=self.renderer,
            schedule=self.schedule,
            notice=self.notices,
            failpoints=self.failpoints,
        )

    @property
    def renders(self) -> RenderStore:
        return RenderStore(pool=self.pool, worker=self.store.worker, lease_s=self.lease_s, failpoints=self.failpoints)

    @property
    def tending(self) -> Tending:
        return Tending(self.pool)

    async def connect(
        self, name: str = "acme", *, facts: VendorFacts | None = None, policy: Policy | None = None
    ) -> None:
        """A connection with its gate."""
        spec = ConnectionSpec(
            name=name,
            employer_id=f"employer-{name}",
            vendor="scripted",
            credentials={"token": "s3cret"},
            trigger="engaged",
            policy=policy or Policy(),
        )
        await ConnectionStore(pool=self.pool, secrets=secrets_from(new_key())).apply([spec])
        await Doors(pool=self.pool).put(name, facts or self.pusher.facts)

    async def emit(self, application_id: str, *, connection: str = "acme", kind: Kind = "create", **given: Any) -> UUID:
        """An application with content, and the intent to deliver it."""
        candidate, job = given.get("candidate", f"cand-{application_id}"), given.get("job", "job-1")
        generation = given.get("generation", 1)
        key = delivery_key(
            employer_id=f"employer-{connection}",
            connection=connection,
            application_id=application_id,
            kind=kind,
            generation=generation,
        )
        await self._put_application(application_id, connection, candidate, job)
        emitted = await self.pool.fetchval(
            "select emit_delivery($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
            *(key, kind, generation, connection, f"employer-{connection}", application_id, candidate, job),
            *(given.get("ats_job", "ats-1"), given.get("content", "digest"), given.get("engaged", True)),
        )
        given.get("told", []).append(emitted)
        return key

    async def _put_application(self, application_id: str, connection: str, candidate: str, job: str) -> None:
        content = msgspec.json.encode(application(application_id, connection, candidate, job))
        await self.pool.execute(
            "insert into application (application_id, employer_id, job_id, candidate_id, verdict, connection)"
            " values ($1, $2, $3, $4, 'CREATE', $5) on conflict do nothing",
            *(application_id, f"employer-{connection}", job, candidate, connection),
        )
        await self.pool.execute(
            "insert into snapshot (application_id, content_sha256, content) values ($1, 'digest', $2)"
            " on conflict do nothing",
            *(application_id, zlib.compress(content)),
        )

    async def ready(self, application_id: str, **given: Any) -> UUID:
        """The same, already rendered."""
        key = await self.emit(application_id, **given)
        await self.render()
        return key

    async def render(self) -> int:
        jobs = await self.renders.claim(100)
        for job in jobs:
            await self.stage.render(job)
        return len(jobs)

    async def deliver(self, *, slots: int = 100, until: float = 1e12) -> list[Settled | None]:
        """Claim once and carry out what was claimed, one after the other."""
        claims = await self.store.claim(slots)
        return [await self.engine.deliver(claim, until=until, stopping=lambda: False) for claim in claims]

    async def row(self, key: UUID) -> Mapping[str, Any]:
        row = await self.pool.fetchrow("select * from delivery where key = $1", key)
        assert row is not None
        return dict(row)

    async def state(self, key: UUID) -> str:
        return str((await self.row(key))["state"])

    async def set(self, key: UUID, **changed: Any) -> None:
        for name, value in changed.items():
            await self.pool.execute(f"update delivery set {name} = $2 where key = $1", key, value)  # noqa: S608

    async def end_lease(self, key: UUID) -> None:
        """As if the time had passed."""
        await self.pool.execute(
            "update delivery set lease_until = clock_timestamp() - interval '1 s',"
            " wire_until = clock_timestamp() - interval '1 s' where key = $1",
            key,
        )
        await self.pool.execute("update step set wire_until = clock_timestamp() - interval '1 s'")

    async def gate(self, name: str = "acme") -> Mapping[str, Any]:
        row = await self.pool.fetchrow("select * from gate where connection = $1", name)
        assert row is not None
        return dict(row)


def application(application_id: str, connection: str = "acme", candidate: str = "c", job: str = "job-1") -> Application:
    return Application(
        application_id=application_id,
        employer_id=f"employer-{connection}",
        job=JobRef(id=job, title="CNC Machinist II"),
        source="direct",
        candidate=Candidate(
            id=candidate,
            first_name="Canary",
            last_name="Personname",
            email=f"{application_id}@Example.com",
            phone="+1 312 555 0199",
        ),
    )


def of_capability(capability: Capability, **changed: Any) -> VendorFacts:
    return replace(FACTS, capability=capability, **changed)


@asynccontextmanager
async def bench_on(url: str, **changed: Any) -> AsyncIterator[Bench]:
    pool = await open_pool(url, size=16)
    try:
        yield Bench(pool=pool, **changed)
    finally:
        await pool.close()
