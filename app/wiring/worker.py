"""`ats-sync worker`: the roles of one process, their health and metrics, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.transport import open_transport
from app import health, log
from app.console.routes import Console
from app.explaining import Explainer
from app.ledger.connections import ConnectionStore
from app.ledger.dead_letters import DeadLetters
from app.ledger.delivery_views import DeliveryViews
from app.ledger.overview import Overview
from app.ledger.pool import Pool, open_pool
from app.links import links_from
from app.metrics import Metrics
from app.parts import essential, watch
from app.rounds import Tell, repeat
from app.secrets import secrets_from
from app.settings import Settings
from app.wiring import gauges
from app.wiring.delivering import Delivering
from app.wiring.ingesting import Ingesting
from app.wiring.linking import public_files
from app.wiring.logins import EVERY_S, Logins
from app.wiring.offline import budget_of
from app.wiring.rendering import TimedRenderer, fonts_fault, renderer
from app.wiring.vendors import VendorPushers, transport_settings

_BUSY_SESSIONS: Final = 8
_SPARE_SESSIONS: Final = 8
_WATCH_S: Final = 10.0
_LOGIN_SESSIONS: Final = 16  # held while an ATS answers a log-in: so many may hang without holding up anybody else's


@dataclass(slots=True, kw_only=True)
class Process:
    """What the roles of this process share. `live` and `ready` collect each role's checks."""

    settings: Settings
    pool: Pool
    metrics: Metrics
    stop: asyncio.Event
    live: dict[str, health.Check] = field(default_factory=dict)
    ready: dict[str, health.Check] = field(default_factory=dict)
    refresh: list[gauges.Refresh] = field(default_factory=list)


async def run(settings: Settings, roles: frozenset[str]) -> None:
    """Until SIGTERM or SIGINT; what was begun is finished first. Raises ConfigError before anything has begun."""
    log.configure(level=settings.log_level, form=settings.log_format)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await open_pool(settings.database_url, size=_sessions(settings)))
        process = Process(settings=settings, pool=pool, metrics=Metrics(), stop=stop)
        gauges.of_roles(process.metrics, roles)
        works = {role: await stack.enter_async_context(_ROLES[role](process)) for role in sorted(roles)}
        url = await stack.enter_async_context(_served(process, console="console" in roles))
        spare_what_stays()
        log.get("worker").info("worker_ready", role=",".join(sorted(roles)), url=url)
        watching = asyncio.create_task(
            essential("watch", watch(process.live, every_s=min(_WATCH_S, settings.stuck_after_s / 4)))
        )
        stack.callback(watching.cancel)
        async with asyncio.TaskGroup() as group:
            for role, work in works.items():
                group.create_task(essential(role, work()))
        log.get("worker").info("worker_stopped", role=",".join(sorted(roles)))


def spare_what_stays() -> None:
    """Takes what start-up made out of later garbage collections, of which each full one stopped the loop for 90 ms."""
    gc.collect()
    gc.freeze()


Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def _ingest(process: Process) -> AsyncIterator[Any]:
    ingesting = Ingesting(process.settings, process.pool, process.metrics)
    process.live["ingest"] = ingesting.stuck
    process.refresh.append(ingesting.refresh)

    async def work() -> None:
        await ingesting.run(process.stop)

    yield work


@asynccontextmanager
async def _deliver(process: Process) -> AsyncIterator[Any]:
    settings, metrics = process.settings, process.metrics
    connections = ConnectionStore(pool=process.pool, secrets=secrets_from(settings.secret_key))
    async with (
        await open_pool(settings.database_url, size=_LOGIN_SESSIONS) as locks,
        open_transport(transport_settings(settings)) as transport,
        renderer(settings) as (profiles, browser),
        fonts_fault(browser) as fonts,
    ):
        links = links_from(settings.public_url, settings.secret_key)
        pushers = VendorPushers(connections=connections, transport=transport, metrics=metrics, links=links, locks=locks)
        logins = Logins(connections=connections, pushers=pushers, tell=_telling("deliver"))
        runner = Delivering(
            pool=process.pool,
            pushers=pushers,
            renderer=TimedRenderer(inner=profiles, metrics=metrics),
            notice=gauges.counting(metrics, log.get("deliver").info),
            metrics=metrics,
            settings=settings,
        ).runner()
        process.live["deliver"] = gauges.stalled(runner.state, settings.stuck_after_s)
        process.ready["browser"] = gauges.browser_fault(browser)
        process.ready["fonts"] = fonts
        process.refresh.append(lambda: gauges.of_deliveries(metrics, DeliveryViews(process.pool)))
        process.refresh.append(lambda: gauges.of_browser(metrics, browser))

        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(runner.run())
                group.create_task(repeat(logins.renew, process.stop, every_s=EVERY_S, tell=logins.tell))
                await process.stop.wait()
                runner.stop()

        yield work


def _telling(name: str) -> Tell:
    def tell(event: str, fields: Mapping[str, Any]) -> None:
        log.get(name).warning(event, **fields)

    return tell


@asynccontextmanager
async def _console(process: Process) -> AsyncIterator[Any]:
    yield _until_stopped(process)


@asynccontextmanager
async def _files(process: Process) -> AsyncIterator[Any]:
    async with public_files(process.settings, process.pool, process.metrics) as url:
        log.get("files").info("files_ready", url=url)
        yield _until_stopped(process)


def _until_stopped(process: Process) -> Work:
    async def work() -> None:
        await process.stop.wait()

    return work


@asynccontextmanager
async def _served(process: Process, *, console: bool) -> AsyncIterator[str]:
    pool = process.pool
    pages = console_on(pool, process.settings).add_to if console else None
    address = (process.settings.http_host, process.settings.http_port)
    async with gauges.database_fault(pool) as database, gauges.refreshing(process.refresh) as refreshed:

        async def exposition() -> bytes:
            return await gauges.exposition(process.metrics, refreshed)

        ready: dict[str, health.Check] = {"database": database, **process.ready}
        async with health.serve(address, live=process.live, ready=ready, metrics=exposition, console=pages) as url:
            yield url


def console_on(pool: Pool, settings: Settings) -> Console:
    overview = Overview(pool)
    return Console(overview, DeliveryViews(pool), DeadLetters(pool), Explainer(overview, budget_of(settings)))


def _sessions(settings: Settings) -> int:
    """Deliveries hold one for a statement at a time; while the ATS is asked they hold none."""
    return min(settings.deliver_slots // 2, _BUSY_SESSIONS) + _SPARE_SESSIONS


_ROLES: Final = {"ingest": _ingest, "deliver": _deliver, "console": _console, "files": _files}
