"""One adapter against any server, without a ledger: the preflight's findings and every call it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from adapters import registry
from adapters.base import Finding
from adapters.pusher import CallSeen, VendorPusher
from adapters.transport import open_transport
from app.links import link_for
from app.settings import Settings
from app.wiring import preflight
from app.wiring.linking import fetched_here, links_to_try
from app.wiring.vendors import transport_settings
from schemas.connection import Connection

_TRY_OUT_CALLS: Final = 40  # a create and an update of any vendor take fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What to try: `ats_job_id` None looks at no job, `write` also makes a synthetic candidate on it."""

    vendor: str
    credentials: Mapping[str, str]
    base_url: str | None
    ats_job_id: str | None
    write: bool


async def try_vendor(aim: Aim, settings: Settings) -> tuple[tuple[Finding, ...], list[CallSeen]]:
    """Raises ConfigError where the vendor does not take these credentials or this address."""
    adapter = registry.build(aim.vendor, aim.credentials, aim.base_url)
    seen: list[CallSeen] = []
    async with open_transport(transport_settings(settings)) as transport:
        pusher = VendorPusher(adapter, transport, watch=seen.append)
        findings = await pusher.check(aim.ats_job_id)
        if aim.write and aim.ats_job_id:
            findings += await _written(pusher, aim, findings, settings)
    return findings, seen


async def _written(
    pusher: VendorPusher, aim: Aim, before: tuple[Finding, ...], settings: Settings
) -> tuple[Finding, ...]:
    if not preflight.worth_trying(before):
        return (preflight.not_tried(),)
    nobody = Connection(name="try", employer_id="try", vendor=aim.vendor, trigger="new")
    deadline_s = _TRY_OUT_CALLS * settings.upload_timeout_s
    async with links_to_try(settings, pusher.facts) as (links, seen):
        url_of = partial(link_for, pusher.facts, links, purpose="check")
        delivery = preflight.synthetic(nobody, aim.ats_job_id or "", url_of)
        tried = await preflight.try_out(pusher, delivery, deadline_s=deadline_s, update=True)
        return (*tried, *fetched_here(pusher.facts, seen))
