"""The gates on Postgres: one row per connection that all processes share, and the issues a person should see once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.delivery import breaker
from app.delivery.retry import Schedule
from app.delivery.work import Effect, Gate, IssueKind
from app.ledger.connections import connection_of
from app.ledger.pool import Connection, Pool, persist
from app.ledger.queries import query
from schemas.connection import Connection as Link
from schemas.vendor import VendorFacts

_FILE: Final = "gates"
_HEADROOM: Final = 0.8  # of the vendor's published limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What one attempt tells its gate."""

    connection: str
    effect: Effect
    hold_s: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Gates as whoever opens new ones sees them. `settle_s` overrides every vendor's own; `rate_scale` for tests."""

    pool: Pool
    settle_s: float | None = None
    rate_scale: float = 1.0

    async def missing(self) -> list[Link]:
        """Healthy connections that have no gate yet, or one from before their settings changed."""
        rows = await self.pool.fetch(query(_FILE, "missing"))
        return [found for found in map(connection_of, rows) if found is not None]

    async def put(self, connection: str, facts: VendorFacts) -> None:
        """Make or refresh a gate from what the vendor's card says; what it has learned and its mode stay."""
        await self.pool.execute(
            query(_FILE, "put"),
            connection,
            facts.max_inflight,
            facts.rate_per_s * _HEADROOM * self.rate_scale,
            _burst(facts.burst * self.rate_scale, facts.max_inflight),
            facts.capability,
            facts.key_window_s,
            facts.settle_s if self.settle_s is None else self.settle_s,
        )

    async def refuse(self, connection: str) -> None:
        """Pause a connection whose settings cannot be used, and tell a person once."""
        async with self.pool.acquire() as session, session.transaction():
            await session.execute(query(_FILE, "pause"), connection, "config_error")
            await open_issue(session, "connection_down", connection)


def _burst(published: float, in_flight: int) -> float:
    """Less by what may be on its way: calls paid for one after the other may arrive together."""
    return max(1.0, published - min(float(in_flight), published / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """One connection's bucket, which all processes share."""

    pool: Pool
    connection: str

    async def pay(self) -> float:
        """0: one call is paid for and may go now; else in how many seconds to ask again. Waits out a database fault."""

        async def once() -> float:
            wait_s: float = await self.pool.fetchval(query(_FILE, "pay"), self.connection)
            return wait_s

        return await persist(once)


async def pass_on(connection: Connection, passed: Passed, schedule: Schedule) -> None:
    """Apply an attempt's end to its gate, in the attempt's own transaction."""
    await connection.execute(query(_FILE, "learn_calls"), passed.connection)
    if passed.effect == "paused":
        await connection.execute(query(_FILE, "pause"), passed.connection, passed.reason or "connection_down")
    elif passed.effect == "throttled":
        await connection.execute(query(_FILE, "hold"), passed.connection, passed.hold_s or 0.0)
    if passed.effect != "paused":
        await _move(connection, passed, schedule)


async def _move(connection: Connection, passed: Passed, schedule: Schedule) -> None:
    row = await connection.fetchrow(query(_FILE, "read"), passed.connection)
    if row is None:
        return
    before = Gate(**dict(row))
    moved = breaker.after(before, passed.effect, schedule)
    if moved != before:
        await connection.execute(query(_FILE, "write"), passed.connection, *_values(moved))


def _values(gate: Gate) -> tuple[Any, ...]:
    return (
        gate.mode,
        gate.open_for_s,
        gate.opened_s_ago,
        gate.trips,
        gate.consec_fail,
        gate.window_s,
        gate.window_n,
        gate.window_fail,
    )


async def open_issue(connection: Connection, kind: IssueKind, name: str, subject: str = "") -> None:
    """One open issue per kind, connection and subject, however often it happens."""
    await connection.execute(query(_FILE, "open_issue"), kind, name, subject)
