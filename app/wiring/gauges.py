"""What the parts know of themselves, as health checks and gauges."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from app.delivery.runner import RunnerState
from app.health import Check
from app.intake.auditor import IngestHealth
from app.ledger.delivery_views import DeliveryViews
from app.ledger.pool import Pool, answered, is_transient
from app.look import Look, Seen
from app.metrics import Metrics
from render.browser import Browser

Notice = Callable[..., None]
Refresh = Callable[[], Awaitable[None]]
_DATABASE_S: Final = 3.0
_SCRAPE_S: Final = 5.0  # Prometheus gives up after 10


def stalled(state: RunnerState, after_s: float) -> Check:
    """Not live: neither claims nor tending have got an answer from the database for `after_s`."""

    async def check() -> str | None:
        silent_s = time.monotonic() - max(state.claimed_at, state.tended_at)
        return f"no claim and no tending for {silent_s:.0f} s" if silent_s > after_s else None

    return check


def database_fault(pool: Pool, *, within_s: float = _DATABASE_S) -> Look:
    """Not ready while the ledger does not answer. A database that stands still costs one session, however many poll."""

    async def look() -> Seen:
        try:
            await answered(pool, within_s=within_s)
        except Exception as exc:  # noqa: BLE001 - any fault is the answer
            return Seen(fault=f"the ledger does not answer: {type(exc).__name__}", good_s=0.0)
        return Seen(fault=None, good_s=0.0)

    return Look(look, patience_s=within_s, meanwhile=f"the ledger does not answer: not within {within_s:g} s")


def browser_fault(browser: Browser) -> Check:
    async def check() -> str | None:
        return browser.fault()

    return check


def counting(metrics: Metrics, notice: Notice) -> Notice:
    """Logs and counts what delivery tells."""

    def told(event: str, **fields: Any) -> None:
        if event == "delivery_attempted":
            metrics.count("attempts_total", vendor=fields.get("vendor", ""), outcome=fields.get("kind", ""))
        elif event == "fenced_out":
            metrics.count("fenced_out_total")
        notice(event, **fields)

    return told


def refreshing(parts: Sequence[Refresh], *, within_s: float = _SCRAPE_S) -> Look:
    """A fault while the gauges say what they said last: the ledger did not answer for them in time."""

    async def look() -> Seen:
        try:
            for one in parts:
                await one()
        except Exception as exc:
            if not is_transient(exc):
                raise
            return Seen(fault=type(exc).__name__, good_s=0.0)
        return Seen(fault=None, good_s=0.0)

    return Look(look, patience_s=within_s, meanwhile=f"not within {within_s:g} s")


async def exposition(metrics: Metrics, refreshed: Check) -> bytes:
    """The metrics as text, whatever the ledger does."""
    metrics.set("gauges_stale", int(await refreshed() is not None))
    return metrics.text()


def of_roles(metrics: Metrics, roles: Iterable[str]) -> None:
    for role in roles:
        metrics.set("role", 1, role=role)


def of_log(metrics: Metrics, seen: IngestHealth) -> None:
    for topic, lag in seen.lag.items():
        metrics.set("ingest_lag_events", lag, topic=topic)
    metrics.set("ingest_gaps_open", seen.gaps_open)
    metrics.set("ingest_log_unreachable", int(seen.unreachable))


async def of_deliveries(metrics: Metrics, views: DeliveryViews) -> None:
    found = await views.gauges()
    for name in ("deliveries", "delivery_oldest_age_seconds", "gates"):
        metrics.clear(name)
    for state, number in found.deliveries.items():
        metrics.set("deliveries", number, state=state)
    for state, age_s in found.oldest_s.items():
        metrics.set("delivery_oldest_age_seconds", age_s, state=state)
    for mode, number in found.gates.items():
        metrics.set("gates", number, mode=mode)
    metrics.set("eligible_undelivered_oldest_age_seconds", found.undelivered_oldest_s)
    metrics.set("issues_open", found.issues_open)


async def of_browser(metrics: Metrics, browser: Browser) -> None:
    counters = browser.counters()
    metrics.set("render_queue", counters.waiting)
    metrics.set("render_slots_free", counters.idle)
    for reason, number in (*counters.rotations_by_reason, ("lost", counters.browsers_lost)):
        metrics.set("render_browser_restarts", number, reason=reason)
