"""Deliveries whose profile is to be rendered: claimed under a lease of their own, stored by digest, safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.delivery.work import Artifact, RenderJob
from app.failpoints import Failpoints
from app.ledger.connections import connection_of
from app.ledger.content import content_of
from app.ledger.pool import Pool, Row, persist
from app.ledger.queries import query
from app.ledger.results import tell

_FILE: Final = "renders"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderStore:
    pool: Pool
    worker: UUID
    lease_s: float
    failpoints: Failpoints

    async def claim(self, slots: int) -> list[RenderJob]:
        """Up to `slots`, shared out among connections. Raises what asyncpg raises: the caller may simply ask again."""
        self.failpoints.passing("before_render_claim")
        rows = await self.pool.fetch(query(_FILE, "claim"), self.worker, self.lease_s, slots)
        if rows:
            self.failpoints.passing("after_render_claim")
        return [_job(self.worker, row) for row in rows]

    async def store(self, job: RenderJob, artifact: Artifact) -> bool:
        """The PDF first, then the row that names it, in one transaction; False when the job is not ours any more."""
        self.failpoints.passing("before_artifact")

        async def once() -> bool:
            async with self.pool.acquire() as connection, connection.transaction():
                owner = (job.key, job.fence, job.worker)
                row = await connection.fetchrow(query(_FILE, "ready"), *owner, artifact.sha256, job.content_sha256)
                if row is not None:
                    await connection.execute(
                        query(_FILE, "artifact"), artifact.sha256, artifact.content, len(artifact.content)
                    )
                return row is not None

        stored = await persist(once)
        self.failpoints.passing("after_artifact")
        return stored

    async def again(self, job: RenderJob, *, wait_s: float, code: str, error: bool) -> None:
        """Give it back for another try; `error`: it failed, and was not merely interrupted."""

        async def once() -> None:
            await self.pool.execute(query(_FILE, "again"), job.key, job.fence, job.worker, wait_s, code, int(error))

        await persist(once)

    async def end(self, job: RenderJob, *, state: str, reason: str) -> bool:
        """It will not be rendered: dead or cancelled. False when the job is not ours any more."""

        async def once() -> bool:
            async with self.pool.acquire() as connection, connection.transaction():
                row = await connection.fetchrow(query(_FILE, "end"), job.key, job.fence, job.worker, state, reason)
                if row is not None:
                    await tell(connection, row)
                return row is not None

        return await persist(once)


def _job(worker: UUID, row: Row) -> RenderJob:
    try:
        application, unreadable = content_of(row["snapshot"]), False
    except ValueError:
        application, unreadable = None, True
    return RenderJob(
        key=row["key"],
        fence=row["fence"],
        worker=worker,
        claims=row["render_claims"],
        errors=row["render_errors"],
        connection=connection_of(row),
        application=application,
        unreadable=unreadable,
        content_sha256=row["snapshot_sha256"],
        unwanted=row["unwanted"],
    )
