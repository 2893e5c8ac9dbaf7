"""Holds that a person may answer for: listed, and let go one by one or many at once (A7, A8, A11, A16)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.ledger.operators import Action, Order, noted
from app.ledger.pool import Connection, Pool
from app.ledger.queries import query

Row = dict[str, Any]
_FILE: Final = "holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFilter:
    """Which held applications are meant; None: any."""

    applications: tuple[str, ...] | None = None
    reason: str | None = None
    connection: str | None = None
    job_id: str | None = None
    limit: int = 100

    def described(self) -> dict[str, Any]:
        """What was given, as JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class Holds:
    """`never`: the reasons no release opens. Answers hold ids, words and times: never people's data."""

    def __init__(self, pool: Pool, never: Collection[str]) -> None:
        self._pool = pool
        self._never = sorted(never)

    async def find(self, wanted: HoldFilter) -> list[Row]:
        """[{application_id, connection, job_id, verdict, reason, again_at, decided_at}]."""
        ids = None if wanted.applications is None else list(wanted.applications)
        choice = (ids, wanted.reason, wanted.connection, wanted.job_id, wanted.limit)
        return [dict(row) for row in await self._pool.fetch(query(_FILE, "list"), *choice, self._never)]

    async def release(self, applications: Sequence[str], wanted: HoldFilter, order: Order) -> dict[str, str]:
        """{application id: the reason it is let past}, in one transaction; `wanted` is written down.

        They are due to be decided again from that moment on, whoever does it.
        """

        async def act(session: Connection) -> tuple[int, dict[str, str]]:
            rows = await session.fetch(query(_FILE, "release"), list(applications), self._never)
            return len(rows), {row["application_id"]: row["reason"] for row in rows}

        return (await noted(self._pool, Action(name="release", filters=wanted.described(), order=order), act))[1]

    async def standing(self, applications: Sequence[str]) -> list[Row]:
        """[{application_id, verdict, reason}]: what they are decided to be now."""
        return [dict(row) for row in await self._pool.fetch(query(_FILE, "standing"), list(applications))]
