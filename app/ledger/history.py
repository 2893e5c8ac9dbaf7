"""What the ledger knows of some employers, as if their topics had just been folded. Only reads; no people's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from app.conservation import Placed
from app.ledger.connections import connection_of
from app.ledger.pool import Connection as Session
from app.ledger.pool import Pool, Row
from app.ledger.queries import query
from schemas.connection import Connection
from schemas.errors import ConfigError
from schemas.events import Limits
from schemas.facts import Facts, JobFacts
from streams.replay import Folded

_FILE: Final = "history"


async def history_of(pool: Pool, employers: Sequence[str], limits: Limits) -> tuple[Folded, list[Connection]]:
    """Everything of these employers that is not in an ATS yet, and their connections as in force, at one moment."""
    async with pool.acquire() as session, session.transaction(isolation="repeatable_read", readonly=True):
        folded = Folded(limits=limits)
        for row in await _rows(session, "applications", employers):
            facts = _facts(row)
            folded.applications[facts.application_id] = facts
        for row in await _rows(session, "jobs", employers):
            job = msgspec.convert(row["facts"], JobFacts)
            folded.jobs[job.employer_id, job.job_id] = job
        folded.erased_candidates.update(row["candidate_id"] for row in await _rows(session, "erased", employers))
        return folded, await _connections(session, list(employers))


async def placed(pool: Pool) -> tuple[list[Placed], list[Connection]]:
    """Every application as it stands, and every connection as in force, at one moment."""
    async with pool.acquire() as session, session.transaction(isolation="repeatable_read", readonly=True):
        rows = await session.fetch(query(_FILE, "placed"))
        return [Placed(**dict(row)) for row in rows], await _connections(session, None)


async def refuse_used(pool: Pool) -> None:
    """Only reads. Raises ConfigError where this is a ledger that has heard of anybody."""
    if await pool.fetchval(query(_FILE, "has_tables")) and await pool.fetchval(query(_FILE, "is_used")):
        raise ConfigError("a shadow ledger must be empty: name a new database")


async def begin_shadow(pool: Pool, connections: Sequence[Connection]) -> None:
    """The connections in a new ledger, without their credentials."""
    names = ("name", "employer_id", "vendor", "base_url", "trigger")
    await pool.execute(
        query(_FILE, "shadow_connections"),
        *([getattr(one, name) for one in connections] for name in names),
        [msgspec.json.encode(one.policy) for one in connections],
        [one.policy_version for one in connections],
        [one.trigger_since for one in connections],
        ["healthy" if one.healthy else "paused" for one in connections],
    )


def _facts(row: Row) -> Facts:
    """The digest of the address is kept beside the facts, where an erasure reaches it."""
    facts = msgspec.convert(row["facts"], Facts)
    if facts.snapshot is None:
        return facts
    return msgspec.structs.replace(
        facts, snapshot=msgspec.structs.replace(facts.snapshot, contact_key=row["contact_key"])
    )


async def _connections(session: Session, employers: list[str] | None) -> list[Connection]:
    found = map(connection_of, await session.fetch(query(_FILE, "connections"), employers))
    return [one for one in found if one is not None]


async def _rows(session: Session, name: str, employers: Sequence[str]) -> list[Row]:
    return list(await session.fetch(query(_FILE, name), list(employers)))
