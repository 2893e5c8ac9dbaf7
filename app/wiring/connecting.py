"""Connections as commands use them: applied after the vendor has looked at them, checked, paused, resumed."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from adapters import registry
from adapters.base import Finding
from adapters.pusher import VendorPusher
from adapters.transport import Transport, open_transport
from app.ledger.connections import ConnectionStore, no_connection
from app.ledger.operators import Operators, Order, Resumed
from app.ledger.overview import Overview
from app.links import Links, link_for, links_from, require_links
from app.metrics import Metrics
from app.secrets import secrets_from
from app.settings import Settings
from app.wiring import ledger, preflight
from app.wiring.linking import reached
from app.wiring.vendors import VendorPushers, transport_settings
from schemas.connection import Connection, ConnectionSpec
from schemas.errors import ConfigError

_TRY_OUT_CALLS: Final = 20  # no vendor's create takes as many


async def apply(specs: Sequence[ConnectionSpec], settings: Settings) -> Mapping[str, str]:
    """{name: created|changed|unchanged}. Raises ConfigError naming every connection whose vendor refuses it."""
    faults, links = [], links_from(settings.public_url, settings.secret_key)
    for spec in specs:
        try:
            adapter = registry.build(spec.vendor, spec.credentials, spec.base_url)
            require_links(adapter.facts, links)
        except ConfigError as exc:
            faults.append(f"connection {spec.name!r}: {exc}")
    if faults:
        raise ConfigError("; ".join(faults))
    async with store(settings) as connections:
        return await connections.apply(specs)


async def check(name: str, ats_job_id: str | None, settings: Settings) -> tuple[Finding, ...]:
    async with _connected(name, settings) as there:
        reach = await reached(there.pusher.facts, there.links, there.transport)
        return (*reach, *await there.pusher.check(ats_job_id))


async def try_out(name: str, ats_job_id: str, settings: Settings, *, after: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Preflight with a synthetic candidate on the given job: created, read back, removed or the removal explained.

    Not tried where what was found before (`after`) leaves no hope.
    """
    if not preflight.worth_trying(after):
        return (preflight.not_tried(),)
    async with _connected(name, settings) as there:
        url_of = partial(link_for, there.pusher.facts, there.links, purpose="check")
        delivery = preflight.synthetic(there.connection, ats_job_id, url_of)
        return await preflight.try_out(there.pusher, delivery, deadline_s=_TRY_OUT_CALLS * settings.upload_timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connected:
    connection: Connection
    pusher: VendorPusher
    links: Links | None
    transport: Transport


@asynccontextmanager
async def _connected(name: str, settings: Settings) -> AsyncIterator[_Connected]:
    async with store(settings) as connections, open_transport(transport_settings(settings)) as transport:
        connection = await connections.get(name)
        if connection is None:
            raise no_connection(name)
        links = links_from(settings.public_url, settings.secret_key)
        pushers = VendorPushers(connections=connections, transport=transport, metrics=Metrics(), links=links)
        pusher = await pushers.of(connection)
        yield _Connected(connection=connection, pusher=pusher, links=links, transport=transport)


async def pause(name: str, reason: str, settings: Settings) -> None:
    async with ledger.pool(settings) as pool:
        await Operators(pool).pause(name, order(reason))


async def resume(name: str, reason: str, settings: Settings, *, include_old: bool) -> Resumed:
    async with ledger.pool(settings) as pool:
        return await Operators(pool).resume(name, order(reason), include_old=include_old)


async def reopen_job(name: str, job_id: str, reason: str, settings: Settings) -> int:
    """How many deliveries go on. Raises NotThere."""
    async with ledger.pool(settings) as pool:
        found = await Overview(pool).connections(name)
        if not found:
            raise no_connection(name)
        return await Operators(pool).reopen_job(found[0]["employer_id"], job_id, order(reason))


@asynccontextmanager
async def store(settings: Settings) -> AsyncIterator[ConnectionStore]:
    secrets = secrets_from(settings.secret_key)
    async with ledger.pool(settings) as pool:
        yield ConnectionStore(pool=pool, secrets=secrets)


def order(reason: str) -> Order:
    """Who asks: the user of this machine, for the record of operators' actions."""
    try:
        actor = getpass.getuser()
    except (OSError, KeyError):
        actor = "unknown"
    return Order(actor=actor, reason=reason)
