"""Links put together: the public listener on the ledger, one for a single try, and whether a link can be fetched."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import uuid4

from adapters.base import Call, Finding
from adapters.findings import standing
from adapters.transport import Target, Transport
from app.files import Files, NoPdfs, Outcome, serve
from app.ledger.links import LinkedPdfs
from app.ledger.pool import Pool
from app.links import OPEN_AFTER_S, Links, links_from
from app.metrics import Metrics
from app.settings import Settings
from app.wiring.preflight import PUBLIC_ADDRESS, one_page
from schemas.errors import ConfigError, DeliveryError
from schemas.vendor import VendorFacts


@asynccontextmanager
async def public_files(settings: Settings, pool: Pool, metrics: Metrics) -> AsyncIterator[str]:
    """The listener of the `files` role; yields its base URL. Raises ConfigError without a public address."""
    links = links_from(settings.public_url, settings.secret_key)
    if links is None:
        raise ConfigError("ATS_SYNC_PUBLIC_URL is not set: there is no link to serve")

    def tell(outcome: Outcome) -> None:
        metrics.count("link_requests_total", outcome=outcome)

    pdfs = LinkedPdfs(pool=pool, open_after_s=OPEN_AFTER_S)
    files = Files(links=links, pdfs=pdfs, page=one_page(), tell=tell)
    async with serve((settings.files_host, settings.files_port), files) as url:
        yield url


@asynccontextmanager
async def links_to_try(settings: Settings, facts: VendorFacts) -> AsyncIterator[tuple[Links | None, list[Outcome]]]:
    """Links of this process alone for a try without a ledger, and how they were asked for.

    Where there is a public address its links are given instead: the `files` role serves them, and nobody sees it here.
    """
    seen: list[Outcome] = []
    if facts.pdf_by == "bytes":
        yield None, seen
        return
    if settings.public_url:
        yield links_from(settings.public_url, settings.secret_key), seen
        return
    links = Links(public_url="", keys=(os.urandom(32),))
    files = Files(links=links, pdfs=NoPdfs(), page=one_page(), tell=seen.append)
    async with serve(("127.0.0.1", 0), files) as url:
        yield replace(links, public_url=url), seen


def fetched_here(facts: VendorFacts, seen: list[Outcome]) -> tuple[Finding, ...]:
    """Whether an ATS that fetches came for a file of `links_to_try`; no fault where not, for a mock need not."""
    what = "fetch the PDF by its link"
    if facts.pdf_by == "bytes":
        return ()
    if "checked" in seen:
        return (Finding(what=what, ok=True, detail="fetched"),)
    remedy = (
        "a mock need not fetch. A server on another machine cannot come to 127.0.0.1: set ATS_SYNC_PUBLIC_URL and run "
        "the `files` role, which sees who comes"
    )
    return (Finding(what=what, ok=True, detail="nobody came for it here", remedy=remedy),)


async def reached(facts: VendorFacts, links: Links | None, transport: Transport) -> tuple[Finding, ...]:
    """For an ATS that fetches: whether a link of ours leads to its page, seen from here."""
    if facts.pdf_by == "bytes" or links is None:
        return ()
    url = links.to(uuid4(), "check")
    call = Call(step="fetch a link of ours", method="GET", path=url, read=standing, signed=False)
    try:
        reply = await transport.send(call, Target(url=url, headers={}, trusted_host=urlsplit(url).hostname))
        fault = None if reply.body == one_page() else f"HTTP {reply.status}, and not our page"
    except DeliveryError as exc:
        fault = str(exc)
    if fault is None:
        return (Finding(what=PUBLIC_ADDRESS, ok=True, detail="a link leads to its page"),)
    remedy = "run `ats-sync worker --role files`, and let what listens on ATS_SYNC_PUBLIC_URL pass on to its port"
    return (Finding(what=PUBLIC_ADDRESS, ok=False, detail=fault, remedy=remedy),)
