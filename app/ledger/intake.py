"""Ingest's side of the ledger: one transaction per batch, set-based reads and writes, locks in a fixed order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

import msgspec

from app.failpoints import Failpoints
from app.intake.batch import Claim, Content, Intent, JobKey, Judged, Refused, Run, Seen, Shipment, Stored, World
from app.ledger.pool import Backoff, Connection, Pool, Row, persist
from app.ledger.queries import query
from schemas.codec import encode
from schemas.connection import Connection as AtsConnection
from schemas.connection import Policy
from schemas.decision import Decision
from schemas.delivery import State
from schemas.events import DEAD_LETTERS, RESULTS, Erasure
from schemas.facts import Facts, JobFacts
from schemas.person import clean_line

WORLD_LOCK: Final = 7_021_002  # shared: applications are decided; alone: what all decisions look at changes
_T = TypeVar("_T")
_INTENT: Final = (
    *("key", "kind", "generation", "connection", "employer_id", "application_id", "candidate_id"),
    *("job_id", "ats_job_id", "content_sha256", "engaged"),
)


class OnFault(Protocol):
    def __call__(self, exc: BaseException, failures: int, /) -> None: ...


class IngestLedger:
    """Runs one batch's work in one transaction, again from the start for as long as the database is unwell."""

    def __init__(
        self,
        pool: Pool,
        *,
        on_fault: OnFault | None = None,
        backoff: Backoff | None = None,
        failpoints: Failpoints | None = None,
    ) -> None:
        self._pool = pool
        self._on_fault = on_fault
        self._backoff = backoff
        self._failpoints = failpoints or Failpoints()

    async def run(self, work: Callable[[IngestTransaction], Awaitable[_T]], *, alone: bool = False) -> _T:
        """`work`'s result, committed. `alone`: no other batch of any process runs meanwhile."""

        async def once() -> _T:
            self._failpoints.passing("before_ingest_txn")
            async with self._pool.acquire() as connection, connection.transaction():
                now = await connection.fetchval(query("intake", "begin_alone" if alone else "begin"), WORLD_LOCK)
                result = await work(IngestTransaction(connection, now))
                self._failpoints.passing("after_ingest_txn_before_commit")
            self._failpoints.passing("after_ingest_commit")
            return result

        return await persist(once, backoff=self._backoff, on_fault=self._on_fault)


class IngestTransaction:
    """The reads and writes of one batch. `now` is the database's clock at the start of the transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.now = now

    async def lock(self, known: Mapping[str, str | None]) -> dict[str, Stored]:
        """The rows of these applications, made where there are none, locked. Values: digests of facts at hand."""
        ids = sorted(known)
        rows = await self._fetch("lock", ids, [known[i] for i in ids])
        return {row["application_id"]: _stored(row) for row in rows}

    async def world(self, facts: Sequence[Facts]) -> World:
        snapshots = [f.snapshot for f in facts if f.snapshot]
        jobs = sorted({(s.employer_id, s.job_id) for s in snapshots})
        rows = await self._fetch(
            "world",
            sorted({s.employer_id for s in snapshots}),
            [employer for employer, _ in jobs],
            [job for _, job in jobs],
            sorted({s.candidate_id for s in snapshots}),
            [f.application_id for f in facts],
        )
        return _world(rows)

    async def claim_contacts(self, wanted: Sequence[Claim]) -> dict[str, Claim]:
        """Who has each address: the first of `wanted` in their order, unless somebody had it before."""
        rows = await self._fetch(
            "claim_contacts",
            [claim.contact_key for claim in wanted],
            [claim.application_id for claim in wanted],
            [claim.candidate_id for claim in wanted],
        )
        return {row["contact_key"]: Claim(**dict(row)) for row in rows}

    async def free_contacts(self, applications: Sequence[str]) -> None:
        await self._execute("free_contacts", applications)

    async def recent_creates(self, connections: Sequence[str], *, limit: int) -> dict[str, int]:
        rows = await self._fetch("recent_creates", connections, limit)
        return {row["name"]: row["creates"] for row in rows}

    async def backfills_taken(self, jobs: Sequence[JobKey]) -> dict[JobKey, int]:
        rows = await self._fetch("backfills_taken", [e for e, _ in jobs], [j for _, j in jobs])
        return {(row["employer_id"], row["job_id"]): row["taken"] for row in rows}

    async def cancel(self, reasons: Mapping[str, str]) -> None:
        """Take back what was intended for these applications and never sent."""
        await self._execute("cancel", list(reasons), list(reasons.values()))

    async def emit(self, intents: Sequence[Intent]) -> set[str]:
        """Write the intents; returns the applications for which a tombstone says that it was done long ago."""
        rows = await self._fetch("emit", *([getattr(intent, name) for intent in intents] for name in _INTENT))
        if engaged := [intent.key for intent in intents if intent.kind == "create" and intent.engaged]:
            await self._execute("refresh_creates", engaged)
        return {row["application_id"] for row in rows if row["done"]}

    async def write_applications(self, judged: Sequence[Judged]) -> None:
        snapshots = [j.facts.snapshot for j in judged]
        await self._execute(
            "write_applications",
            [j.application_id for j in judged],
            [s and s.employer_id for s in snapshots],
            [s and s.job_id for s in snapshots],
            [s and s.candidate_id for s in snapshots],
            [j.facts_json for j in judged],
            [j.facts_sha256 for j in judged],
            [j.decision.verdict for j in judged],
            [j.decision.reason for j in judged],
            [_decision_json(j.decision) for j in judged],
            [j.connection for j in judged],
            [j.policy_version for j in judged],
            [j.decision.again_at for j in judged],
            [j.contact_key for j in judged],
            [j.backfill_taken for j in judged],
        )

    async def write_snapshots(self, contents: Sequence[Content], packed: Sequence[bytes]) -> None:
        """`packed`: the contents' values, compressed."""
        await self._execute(
            "write_snapshots",
            [content.application_id for content in contents],
            [content.version for content in contents],
            [content.content_sha256 for content in contents],
            packed,
        )

    async def write_events(self, seen: Sequence[Seen]) -> None:
        await self._execute(
            "write_events",
            [one.record.topic for one in seen],
            [one.record.partition for one in seen],
            [one.record.offset for one in seen],
            [one.application_id for one in seen],
            [one.kind for one in seen],
            [one.at for one in seen],
            [one.summary for one in seen],
        )

    async def write_dead_letters(self, refused: Sequence[Refused], headers: Sequence[bytes]) -> None:
        """`headers`: each record's, as JSON."""
        records = [one.record for one in refused]
        await self._execute(
            "write_dead_letters",
            [record.topic for record in records],
            [record.partition for record in records],
            [record.offset for record in records],
            [one.error.code for one in refused],
            [one.error.message for one in refused],
            [one.error.path for one in refused],
            [record.key for record in records],
            [record.value for record in records],
            headers,
            [record.timestamp_ms for record in records],
            [_as_text(record.key) for record in records],
            DEAD_LETTERS,
        )

    async def write_results(self, results: Mapping[str, Mapping[str, Any]]) -> None:
        """One result per application id."""
        keys = [application_id.encode() for application_id in results]
        await self._execute("write_results", RESULTS, keys, [encode(result) for result in results.values()])

    async def advance(self, runs: Sequence[Run]) -> int:
        """Move the watermarks; returns how many ranges were jumped over and noted."""
        found: int = await self._connection.fetchval(
            query("intake", "advance"),
            [run.topic for run in runs],
            [run.partition for run in runs],
            [run.first for run in runs],
            [run.next_offset for run in runs],
        )
        return found

    async def jobs(self, keys: Sequence[JobKey]) -> dict[JobKey, JobFacts]:
        rows = await self._fetch("jobs", [e for e, _ in keys], [j for _, j in keys])
        found = [msgspec.convert(row["facts"], JobFacts) for row in rows]
        return {(job.employer_id, job.job_id): job for job in found}

    async def write_jobs(self, jobs: Sequence[JobFacts]) -> None:
        """Write them and have their applications decided again. Only in a transaction that runs alone."""
        employers, ids = [job.employer_id for job in jobs], [job.job_id for job in jobs]
        await self._execute("write_jobs", employers, ids, [msgspec.json.encode(job) for job in jobs])
        await self._execute("wake_jobs", employers, ids)

    async def relink(self, links: Mapping[JobKey, str]) -> None:
        """Never-sent work of these jobs goes to the ATS job named."""
        await self._execute("relink", [e for e, _ in links], [j for _, j in links], list(links.values()))

    async def reopen(self, jobs: Sequence[JobKey]) -> None:
        """Work of these jobs that waited for them to be open goes on."""
        await self._execute("reopen", [e for e, _ in jobs], [j for _, j in jobs])

    async def erase(self, erasures: Sequence[Erasure]) -> list[str]:
        """Forget these people; returns their applications. Only in a transaction that runs alone."""
        ids = [erasure.candidate_id for erasure in erasures]
        scopes = [clean_line(erasure.scope) for erasure in erasures]
        await self._execute("erase", ids, [erasure.requested_at for erasure in erasures], scopes)
        await self._execute("erasure_left", ids)
        return [row["application_id"] for row in await self._fetch("erased_applications", ids)]

    async def _fetch(self, name: str, *arguments: Any) -> list[Row]:
        return await self._connection.fetch(query("intake", name), *arguments)

    async def _execute(self, name: str, *arguments: Any) -> None:
        await self._connection.execute(query("intake", name), *arguments)


def _stored(row: Row) -> Stored:
    values = dict(row)
    facts = values.pop("facts")
    return Stored(
        **{**values, "released": frozenset(values["released"])},
        facts=None if facts is None else msgspec.convert(facts, Facts),
    )


def _world(rows: Sequence[Row]) -> World:
    connections: dict[str, AtsConnection] = {}
    jobs: dict[JobKey, JobFacts] = {}
    erased: set[str] = set()
    shipments: dict[str, list[Shipment]] = {}
    for row in rows:
        value = row["value"]
        match row["what"]:
            case "connection":
                connections[row["id"]] = _connection(value)
            case "job":
                job = msgspec.convert(value, JobFacts)
                jobs[job.employer_id, job.job_id] = job
            case "erased":
                erased.add(row["id"])
            case _:
                shipments.setdefault(row["id"], []).append(_shipment(value))
    return World(
        connections=connections,
        jobs=jobs,
        erased=frozenset(erased),
        shipments={application: tuple(rows) for application, rows in shipments.items()},
    )


def _connection(value: dict[str, Any]) -> AtsConnection:
    policy = msgspec.convert(value.pop("policy"), Policy)
    return msgspec.convert({**value, "policy": policy}, AtsConnection)


def _shipment(value: dict[str, Any]) -> Shipment:
    return Shipment(**{**value, "state": State(value["state"])})


def _decision_json(decision: Decision) -> bytes:
    """The gates that failed: all of them are computed again by `explain`, from the facts."""
    failed = [[gate.name, gate.reason, gate.missing] for gate in decision.gates if not gate.passed]
    return encode({"failed": failed})


def _as_text(key: bytes | None) -> str | None:
    try:
        text = (key or b"").decode()
    except UnicodeDecodeError:
        return None
    return text if text and "\x00" not in text else None
