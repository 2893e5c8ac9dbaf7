"""What operators do to deliveries: retry, cancel, mark, pause, resume; each leaves an operator_action behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from app.delivery.work import receipt_fields
from app.ledger.connections import no_connection
from app.ledger.filters import DeliveryFilter
from app.ledger.pool import Connection, Pool, persist
from app.ledger.queries import query
from app.ledger.results import tell
from schemas.delivery import Receipt

_FILE: Final = "operators"
_DAY_S: Final = 86_400.0
OLD_S: Final = 14 * _DAY_S  # A38: what waited longer than this needs approval
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who asks, and why: written down with every action."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """`waiting`: older than 14 days, parked until approved."""

    resumed: int
    waiting: int


class Operators:
    """Every call is one transaction; the numbers it returns are what was really changed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def retry(
        self, wanted: DeliveryFilter, order: Order, *, rate_per_s: float | None = None, rerender: bool = False
    ) -> int:
        """Dead and parked ones once more under the same key, waiting ones at once.

        What may have landed is looked for first. `rerender`: with the newest content, unless the old bytes may be in
        the ATS already.
        """

        async def act(session: Connection) -> tuple[int, None]:
            spacing_s = 1 / rate_per_s if rate_per_s else 0.0
            keys = await _matching(session, wanted, ("dead", "parked"))
            again = await session.fetch(query(_FILE, "retry"), keys, spacing_s, rerender)
            waiting = await _matching(session, wanted, ("ready", "uncertain", "new"))
            sooner = await session.fetch(query(_FILE, "soon"), waiting)
            await _close(session, again)
            return len(again) + len(sooner), None

        return (await self._act("retry", wanted.described(), order, act))[0]

    async def cancel(self, wanted: DeliveryFilter, order: Order) -> int:
        """Not to be delivered, whatever later decisions say. Nothing that is being sent or may have landed unseen."""

        async def act(session: Connection) -> tuple[int, None]:
            keys = await _matching(session, wanted, ("new", "ready", "parked", "dead"))
            rows = await session.fetch(query(_FILE, "cancel"), keys)
            for row in rows:
                await tell(session, row)
            await _close(session, rows)
            return len(rows), None

        return (await self._act("cancel", wanted.described(), order, act))[0]

    async def mark_delivered(self, key: UUID, receipt: Receipt, order: Order) -> bool:
        """A person found it in the ATS; told on `ats-sync-results`. False unless it is parked, dead or uncertain."""
        fields = dict(receipt_fields(receipt))

        async def act(session: Connection) -> tuple[int, None]:
            row = await session.fetchrow(query(_FILE, "mark_delivered"), key, fields)
            if row is None:
                return 0, None
            await session.execute(query(_FILE, "bury"), key, row["delivered_at"], fields)
            await tell(session, row, fields)
            await _close(session, [{"key": key}])
            return 1, None

        return (await self._act("mark_delivered", {"key": str(key)}, order, act))[0] == 1

    async def pause(self, connection: str, order: Order) -> None:
        """Nothing of it is claimed any more; its work is parked. Raises NotThere for an unknown name."""

        async def act(session: Connection) -> tuple[int, None]:
            await session.execute(query(_FILE, "pause"), connection, "operator")
            await _set_state(session, connection, "paused", "operator")
            return 1, None

        await self._act("pause", {"connection": connection}, order, act)

    async def resume(self, connection: str, order: Order, *, include_old: bool = False) -> Resumed:
        """Let it in again: parked work goes on, the newest first. Raises NotThere for an unknown name."""

        async def act(session: Connection) -> tuple[int, Resumed]:
            await session.execute(query(_FILE, "wake_applications"), connection)  # before deliveries, as ingest locks
            await _set_state(session, connection, "healthy", None)
            await session.execute(query(_FILE, "open_gate"), connection)
            rows = await session.fetch(query(_FILE, "parked"), connection, OLD_S)
            keys = [row["key"] for row in rows if row["young"] or include_old]
            n = int(await session.fetchval(query(_FILE, "unpark"), keys))
            await session.execute(query(_FILE, "close_issue"), ["connection_down"], connection, None)
            return n, Resumed(resumed=n, waiting=len(rows) - len(keys))

        filters = {"connection": connection, "include_old": include_old}
        return (await self._act("resume", filters, order, act))[1]

    async def reopen_job(self, employer_id: str, job_id: str, order: Order) -> int:
        """The ATS takes applications for it again: what was held as job_closed goes on (A37)."""

        async def act(session: Connection) -> tuple[int, None]:
            return int(await session.fetchval(query(_FILE, "reopen_job"), employer_id, job_id)), None

        return (await self._act("reopen_job", {"employer_id": employer_id, "job_id": job_id}, order, act))[0]

    async def distrust(self, for_s: float, order: Order) -> int:
        """After a restore from an older copy: look before sending anything, for this long."""

        async def act(session: Connection) -> tuple[int, None]:
            return int(await session.fetchval(query(_FILE, "distrust"), for_s)), None

        return (await self._act("distrust", {"for_s": for_s}, order, act))[0]

    async def _act(
        self,
        action: str,
        filters: Mapping[str, Any],
        order: Order,
        act: Callable[[Connection], Awaitable[tuple[int, _T]]],
    ) -> tuple[int, _T]:
        return await noted(self._pool, Action(name=action, filters=filters, order=order), act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is written down: its name, what it was meant for, who asked."""

    name: str
    filters: Mapping[str, Any]
    order: Order


async def noted(pool: Pool, action: Action, act: Callable[[Connection], Awaitable[tuple[int, _T]]]) -> tuple[int, _T]:
    """`act`, which returns how many it changed, in one transaction with the note of it."""

    async def once() -> tuple[int, _T]:
        async with pool.acquire() as session, session.transaction():
            n, value = await act(session)
            order = action.order
            await session.execute(
                query(_FILE, "action"), order.actor, action.name, dict(action.filters), n, order.reason
            )
            return n, value

    return await persist(once)


async def _matching(session: Connection, wanted: DeliveryFilter, states: tuple[str, ...]) -> list[UUID]:
    rows = await session.fetch(query(_FILE, "matching"), *wanted.values(), wanted.limit, list(states))
    return [row["key"] for row in rows]


async def _set_state(session: Connection, connection: str, state: str, reason: str | None) -> None:
    if await session.fetchval(query(_FILE, "pause_connection"), connection, state, reason) is None:
        raise no_connection(connection)


async def _close(session: Connection, rows: Any) -> None:
    """The issues of single deliveries that somebody has dealt with."""
    for row in rows:
        kinds = ["ambiguous_delivery", "erasure_incomplete"]
        await session.execute(query(_FILE, "close_issue"), kinds, None, str(row["key"]))
