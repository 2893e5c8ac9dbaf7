"""The public listener on a bench's ledger, whoever comes to it, and deliveries it has links of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import aiohttp

from adapters.transport import Transport
from app.files import Files, Outcome, Pdfs, serve
from app.ledger.connections import ConnectionStore
from app.links import OPEN_AFTER_S, Links, links_from
from app.metrics import Metrics
from app.secrets import new_key, secrets_from
from app.settings import Settings
from app.wiring.delivering import Delivering
from app.wiring.vendors import VendorPushers
from schemas.delivery import Delivery, Receipt
from schemas.errors import Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Journal
from tests.integration.delivery.parts import FACTS, RECEIPT, Bench, deliver_at_once

PAGE: Final = b"%PDF-1.4 nobody"
FETCHES: Final = replace(FACTS, pdf_by="link")
BYTES: Final = b"%PDF-1.7 app-1"
_ENDS: Final = {
    "ready": Transient("create: could not connect"),
    "uncertain": Unknown("create: cut"),
    "dead": Permanent("create: HTTP 422", code="invalid"),
    "parked": Unauthorized("create: HTTP 401"),
}


@dataclass(slots=True)
class Internet:
    links: Links
    session: aiohttp.ClientSession
    seen: list[Outcome] = field(default_factory=list)

    async def get(self, url: str, method: str = "GET") -> tuple[int, bytes]:
        async with self.session.request(method, url) as reply:
            return reply.status, await reply.read()

    async def status(self, key: UUID) -> int:
        return (await self.get(self.links.to(key)))[0]


@asynccontextmanager
async def served(pdfs: Pdfs, secret: str | None = None) -> AsyncIterator[Internet]:
    links = links_from("http://unused.example", secret or new_key())
    assert links is not None
    seen: list[Outcome] = []
    async with (
        serve(("127.0.0.1", 0), Files(links=links, pdfs=pdfs, page=PAGE, tell=seen.append)) as url,
        aiohttp.ClientSession() as session,
    ):
        yield Internet(replace(links, public_url=url), session, seen)


def link_of(delivery: Delivery) -> str:
    assert delivery.pdf is not None
    assert delivery.pdf.url is not None
    return delivery.pdf.url


def fetching(internet: Internet, then: Exception | None = None) -> Callable[[Delivery, Journal], Awaitable[Receipt]]:
    """An ATS that comes for the file before it answers, and then perhaps does not."""

    async def push(delivery: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        assert await internet.get(link_of(delivery)) == (200, BYTES)
        if then:
            raise then
        return await deliver_at_once(delivery, journal)

    return push


async def begun(bench: Bench, state: str = "uncertain") -> UUID:
    """A delivery whose first byte has left, in the given state; nobody has come for its PDF."""

    async def push(_: Delivery, journal: Journal) -> Receipt:
        await journal.start("create")
        if state == "delivered":
            await journal.finish("create", {})
            return RECEIPT
        if state != "uncertain":
            await journal.refused("create")
        raise _ENDS["dead" if state == "cancelled" else state]

    await bench.connect()
    key = await bench.ready("app-1")
    bench.pusher.act = push
    if state == "sending":
        (claim,) = await bench.store.claim(1)
        await bench.store.journal(claim, until=1e12, stopping=lambda: False).start("create")
    else:
        await bench.deliver()
    if state == "cancelled":
        await bench.set(key, state="cancelled")
    assert await bench.state(key) == state
    return key


async def forget(bench: Bench, application_id: str = "app-1") -> None:
    statement = "insert into erasure (candidate_id, requested_at, scope) values ($1, now(), 'all')"
    await bench.pool.execute(statement, f"cand-{application_id}")


async def called_ago(bench: Bench, key: UUID, seconds: float = OPEN_AFTER_S + 1) -> None:
    """As if the last call had been so long ago, and the PDF older."""
    statement = "update delivery set wire_until = clock_timestamp() - make_interval(secs => $2) where key = $1"
    await bench.pool.execute(statement, key, seconds)
    await bench.pool.execute("update artifact set created_at = now() - interval '1 h'")


def delivering(bench: Bench, transport: Transport, settings: Settings) -> Delivering:
    store = ConnectionStore(pool=bench.pool, secrets=secrets_from(settings.secret_key))
    links = links_from(settings.public_url, settings.secret_key)
    pushers = VendorPushers(connections=store, transport=transport, metrics=Metrics(), links=links)
    return Delivering(
        pool=bench.pool,
        pushers=pushers,
        renderer=bench.renderer,
        notice=bench.notices,
        metrics=Metrics(),
        settings=settings,
    )


async def run_until(bench: Bench, role: Delivering, key: UUID, *states: str) -> None:
    """The whole role, until the delivery is in one of these states."""
    runner = role.runner()
    running = asyncio.create_task(runner.run())
    async with asyncio.timeout(60):
        while await bench.state(key) not in states:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    runner.stop()
    await running
