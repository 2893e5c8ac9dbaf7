"""Connections on Postgres: applied as a whole, credentials sealed, every version of trigger and policy kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from app.ledger.pool import Connection as Session
from app.ledger.pool import Pool, Row, persist
from app.ledger.queries import query
from app.secrets import Secrets
from schemas.codec import decode, encode
from schemas.connection import Connection, ConnectionSpec, Policy
from schemas.errors import ConfigError, NotThere

_FILE: Final = "connections"
Change = Literal["created", "changed", "unchanged"]


def no_connection(name: str) -> NotThere:
    return NotThere(f"no connection {name!r}; `ats-sync connection list` shows them")


def connection_of(row: Row | Mapping[str, Any]) -> Connection | None:
    """A connection as it is in force, from a row that may have none."""
    if row["name"] is None:
        return None
    return Connection(
        name=row["name"],
        employer_id=row["employer_id"],
        vendor=row["vendor"],
        base_url=row["base_url"],
        trigger=row["trigger"],
        policy=msgspec.convert(row["policy"], Policy),
        policy_version=row["policy_version"],
        trigger_since=row["trigger_since"],
        healthy=row["state"] == "healthy",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStore:
    pool: Pool
    secrets: Secrets

    async def apply(self, specs: Sequence[ConnectionSpec]) -> dict[str, Change]:
        """All of them or none, and what became of each; connections not named stay as they are.

        A changed trigger counts from now on (A19); a first one from the start. Raises ConfigError where an employer
        already has another connection, or a name already belongs to another employer.
        """

        async def once() -> dict[str, Change]:
            async with self.pool.acquire() as session, session.transaction():
                ordered = sorted(specs, key=lambda spec: spec.name)
                return {spec.name: await self._apply(session, spec) for spec in ordered}

        return await persist(once)

    async def get(self, name: str) -> Connection | None:
        async def once() -> Row | None:
            return await self.pool.fetchrow(query(_FILE, "get"), name)

        row = await persist(once)
        return connection_of(row) if row else None

    async def healthy(self) -> list[Connection]:
        """Those that are not paused."""

        async def once() -> list[Row]:
            return await self.pool.fetch(query(_FILE, "healthy"))

        found = map(connection_of, await persist(once))
        return [connection for connection in found if connection is not None]

    async def credentials(self, name: str) -> Mapping[str, str]:
        """In the clear, for the adapter alone. Raises ConfigError where they do not open, or nobody has that name."""

        async def once() -> Row | None:
            return await self.pool.fetchrow(query(_FILE, "credentials"), name)

        row = await persist(once)
        if row is None:
            raise no_connection(name)
        return self._opened(name, row["credentials"])

    async def _apply(self, session: Session, spec: ConnectionSpec) -> Change:
        await self._refuse_conflict(session, spec)
        row = await session.fetchrow(query(_FILE, "get_locked"), spec.name)
        if row is None:
            await session.execute(query(_FILE, "create"), *self._values(spec))
            return "created"
        if not self._differs(row, spec):
            return "unchanged"
        await session.execute(query(_FILE, "change"), *self._values(spec))
        return "changed"

    async def _refuse_conflict(self, session: Session, spec: ConnectionSpec) -> None:
        for row in await session.fetch(query(_FILE, "same_name_or_employer"), spec.name, spec.employer_id):
            if row["name"] != spec.name:
                raise ConfigError(f"connection {spec.name!r}: its employer already has connection {row['name']!r}")
            if row["employer_id"] != spec.employer_id:
                raise ConfigError(f"connection {spec.name!r} belongs to another employer: choose another name")

    def _values(self, spec: ConnectionSpec) -> tuple[Any, ...]:
        return (
            spec.name,
            spec.employer_id,
            spec.vendor,
            spec.base_url,
            self.secrets.seal(encode(spec.credentials), bound_to=spec.name),
            spec.trigger,
            msgspec.to_builtins(spec.policy),
        )

    def _differs(self, row: Row, spec: ConnectionSpec) -> bool:
        now = (row["vendor"], row["base_url"], row["trigger"], msgspec.convert(row["policy"], Policy))
        if now != (spec.vendor, spec.base_url, spec.trigger, spec.policy):
            return True
        try:
            return self._opened(spec.name, row["credentials"]) != spec.credentials
        except ConfigError:
            return True

    def _opened(self, name: str, sealed: bytes) -> Mapping[str, str]:
        return msgspec.convert(decode(self.secrets.open(sealed, bound_to=name)), dict[str, str])
