"""Deliveries as commands use them: found, shown, tried again, cancelled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.ledger import keys
from app.ledger.delivery_views import DeliveryViews
from app.ledger.filters import DeliveryFilter
from app.ledger.operators import Operators
from app.settings import Settings
from app.wiring import ledger
from app.wiring.connecting import order
from schemas.delivery import Receipt
from schemas.errors import ConfigError, NotThere
from schemas.remedies import meaning_of


def wanted(**given: Any) -> DeliveryFilter:
    """None means any; see DeliveryFilter."""
    return DeliveryFilter(**given)


async def key_of(text: str, settings: Settings) -> UUID | None:
    """The key that begins so; None where no delivery's does. Raises NotThere for no key, ConfigError for several."""
    found = keys.range_of(text)
    if found is None:
        raise NotThere(f"{text!r} is not a delivery's key: `ats-sync deliveries list` prints them")
    async with ledger.pool(settings) as pool:
        begun = await keys.beginning(pool, *found)
    if len(begun) > 1:
        raise ConfigError(f"{text!r} begins more than one delivery's key: give more of it")
    return begun[0] if begun else None


async def find(choice: DeliveryFilter, settings: Settings) -> list[dict[str, Any]]:
    async with ledger.pool(settings) as pool:
        return await DeliveryViews(pool).find(choice)


async def count(choice: DeliveryFilter, settings: Settings) -> int:
    async with ledger.pool(settings) as pool:
        return await DeliveryViews(pool).count(choice)


async def show(key: UUID, settings: Settings) -> dict[str, Any] | None:
    async with ledger.pool(settings) as pool:
        return await DeliveryViews(pool).show(key)


async def issues(settings: Settings, *, closed: bool, limit: int) -> list[dict[str, Any]]:
    """Each with `next`: what to do about it, the commands filled in."""
    async with ledger.pool(settings) as pool:
        rows = await DeliveryViews(pool).issues(closed=closed, limit=limit)
    return [{**row, "next": _next(row)} for row in rows]


def _next(issue: dict[str, Any]) -> str | None:
    subject = issue["subject"] or None
    return meaning_of(issue["kind"], KEY=subject, JOB=subject, NAME=issue["connection"])


async def retry(choice: DeliveryFilter, why: str, settings: Settings, *, rate: float | None, rerender: bool) -> int:
    async with ledger.pool(settings) as pool:
        return await Operators(pool).retry(choice, order(why), rate_per_s=rate, rerender=rerender)


async def found(key: UUID, candidate: str | None, application: str | None, why: str, settings: Settings) -> bool:
    """False unless it is uncertain, parked or dead."""
    receipt = Receipt(candidate_id=candidate, application_id=application)
    async with ledger.pool(settings) as pool:
        return await Operators(pool).mark_delivered(key, receipt, order(why))


async def distrust(for_s: float, why: str, settings: Settings) -> int:
    async with ledger.pool(settings) as pool:
        return await Operators(pool).distrust(for_s, order(why))


async def cancel(choice: DeliveryFilter, why: str, settings: Settings) -> int:
    async with ledger.pool(settings) as pool:
        return await Operators(pool).cancel(choice, order(why))
