"""Deliveries on Postgres: claimed under a fence, carried out by the engine, settled with their evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from app.delivery.retry import Schedule
from app.delivery.work import Attempt, Claim, Settled, Work, receipt_fields, receipt_of
from app.failpoints import Failpoints
from app.ledger.connections import connection_of
from app.ledger.content import content_of
from app.ledger.gates import Passed, open_issue, pass_on
from app.ledger.journal import JournalParts, LedgerJournal, Looks, to_record, within
from app.ledger.pool import Connection, Pool, Row
from app.ledger.queries import query
from app.ledger.results import tell
from schemas.delivery import Receipt, delivery_key

_FILE: Final = "delivery"
_TOLD: Final = frozenset({"delivered", "dead", "parked", "cancelled"})
_LEFT: Final = frozenset({"dead", "parked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    key: UUID
    connection: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStore:
    """The ledger of one worker. `worker` is new at every start of a process: a restarted one owns nothing."""

    pool: Pool
    schedule: Schedule
    worker: UUID = field(default_factory=uuid4)
    lease_s: float = 90.0
    settle_s: float | None = None  # overrides every vendor's own
    failpoints: Failpoints = field(default_factory=Failpoints)

    async def claim(self, slots: int) -> list[Claim]:
        """Up to `slots` due deliveries, now sending. Raises what asyncpg raises: the caller may simply ask again."""
        rows = await self.pool.fetch(
            query(_FILE, "claim"), self.worker, self.lease_s, slots, sorted(self.failpoints.without)
        )
        return [Claim(worker=self.worker, **dict(row)) for row in rows]

    async def load(self, claim: Claim, *, until: float) -> Work:
        async def once() -> Row | None:
            return await self.pool.fetchrow(query(_FILE, "load"), claim.key)

        row = await within(until, once)
        if row is None:
            raise LookupError("a claimed delivery is gone")
        placed = receipt_of(row["placed"]) or await self._buried(claim, row["employer_id"], until)
        return _work(claim, row, placed)

    async def _buried(self, claim: Claim, employer_id: str, until: float) -> Receipt | None:
        """The create's receipt where its row is gone already: tombstones stay for ever."""
        if claim.kind == "create":
            return None
        key = delivery_key(
            employer_id=employer_id, connection=claim.connection, application_id=claim.application_id, kind="create"
        )

        async def once() -> Row | None:
            return await self.pool.fetchrow(query(_FILE, "buried"), key)

        row = await within(until, once)
        return receipt_of(row["receipt"]) if row else None

    def journal(self, claim: Claim, *, until: float, stopping: Callable[[], bool]) -> LedgerJournal:
        settle_s = claim.settle_s if self.settle_s is None else self.settle_s
        looks = Looks(settle_s=settle_s, interval_s=self.schedule.look_interval_s)
        parts = JournalParts(pool=self.pool, failpoints=self.failpoints, looks=looks, until=until, stopping=stopping)
        return LedgerJournal(claim, parts)

    async def settle(self, claim: Claim, settled: Settled, attempt: Attempt, *, until: float) -> bool:
        async def once() -> bool:
            async with self.pool.acquire() as connection, connection.transaction():
                return await self._settle(connection, claim, settled, attempt)

        return await within(to_record(until), once)

    async def release(self, claim: Claim, *, until: float) -> None:
        async def once() -> None:
            await self.pool.execute(query(_FILE, "release"), claim.key, claim.fence, claim.worker)

        await within(until, once)

    async def reap(self) -> list[Reaped]:
        """Take back expired leases: an expired lease is never "not sent" once a step was started."""
        self.failpoints.passing("before_reap")
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(query(_FILE, "reap"), self.settle_s, self.schedule.scale)
            for row in rows:
                if row["state"] in _TOLD:
                    await tell(connection, row)
        if rows:
            self.failpoints.passing("after_reap")
        return [Reaped(key=row["key"], connection=row["connection"], state=row["state"]) for row in rows]

    async def _settle(self, connection: Connection, claim: Claim, settled: Settled, attempt: Attempt) -> bool:
        row = await connection.fetchrow(query(_FILE, "settle"), *self._outcome(claim, settled))
        applied = row is not None
        await connection.execute(query(_FILE, "off_the_wire"), claim.key, claim.fence)
        await connection.execute(query(_FILE, "attempt"), *_evidence(claim, settled, attempt, applied=applied))
        if row is not None:
            await self._follow_up(connection, claim, settled, row)
        await pass_on(connection, _passed(claim, settled), self.schedule)
        return applied

    async def _follow_up(self, connection: Connection, claim: Claim, settled: Settled, row: Row) -> None:
        fields = dict(receipt_fields(settled.receipt)) if settled.receipt else None
        if settled.to == "delivered":
            await connection.execute(query(_FILE, "tombstone"), claim.key, row["delivered_at"], fields or {})
        if settled.to in _TOLD:
            await tell(connection, row, fields)
        if settled.to in _LEFT:
            await connection.execute(query(_FILE, "erasure_left"), claim.key)
        if settled.issue:
            await open_issue(connection, settled.issue, claim.connection, _subject(claim, settled))

    def _outcome(self, claim: Claim, settled: Settled) -> Sequence[Any]:
        return (
            claim.key,
            claim.fence,
            claim.worker,
            settled.to,
            settled.reason,
            int(settled.costs_attempt),
            settled.unsent,
            settled.wait_s,
            dict(receipt_fields(settled.receipt)) if settled.receipt else None,
            settled.code,
            settled.error,
            not self.failpoints.has("fence"),
            settled.kind,
        )


def _work(claim: Claim, row: Row, placed: Receipt | None) -> Work:
    return Work(
        claim=claim,
        generation=row["generation"],
        employer_id=row["employer_id"],
        candidate_id=row["candidate_id"],
        ats_job_id=row["ats_job_id"],
        connection=connection_of(row),
        application=content_of(row["snapshot"]),
        pdf=row["pdf"],
        pdf_sha256=row["artifact_sha256"],
        placed=placed,
        unwanted=row["unwanted"],
    )


def _evidence(claim: Claim, settled: Settled, attempt: Attempt, *, applied: bool) -> Sequence[Any]:
    receipt = settled.receipt
    return (
        attempt.id,
        claim.key,
        claim.fence,
        claim.worker,
        "push",
        attempt.took_s,
        settled.kind,
        settled.code,
        settled.error,
        (receipt.application_id or receipt.candidate_id) if receipt else None,
        applied,
    )


def _passed(claim: Claim, settled: Settled) -> Passed:
    return Passed(
        connection=claim.connection,
        effect=settled.effect,
        hold_s=settled.hold_s,
        reason=settled.reason,
    )


def _subject(claim: Claim, settled: Settled) -> str:
    """What an issue is about: the job, one delivery, or the connection as a whole."""
    match settled.issue:
        case "job_closed":
            return claim.job_id
        case "connection_down":
            return ""
    return str(claim.key)
