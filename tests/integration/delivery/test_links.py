"""When a link opens and when not: one delivery each, from its first byte until a little after its end."""

from __future__ import annotations

import hashlib

import pytest

from app.links import OPEN_AFTER_S
from schemas.delivery import Delivery, Receipt
from schemas.errors import Unknown
from schemas.journal import Journal
from tests.integration.delivery.parts import FACTS, Bench, deliver_at_once
from tests.integration.delivery.public import BYTES, Internet, begun, called_ago, fetching, forget, link_of

pytestmark = pytest.mark.service


async def test_r09_the_ats_fetches_the_stored_bytes_while_it_is_sent_to(bench: Bench, internet: Internet) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    bench.pusher.act = fetching(internet)
    await bench.deliver()
    (delivery,) = bench.pusher.pushed
    assert (await bench.row(key))["state"] == "delivered"
    assert delivery.pdf is not None
    assert hashlib.sha256(BYTES).hexdigest() == delivery.pdf.sha256
    assert internet.seen == ["fetched"]


async def test_the_same_delivery_has_the_same_link_on_every_attempt(bench: Bench, internet: Internet) -> None:
    await bench.connect()
    key = await bench.ready("app-1")
    bench.pusher.act = fetching(internet, then=Unknown("create: cut"))
    await bench.deliver()
    assert await bench.state(key) == "uncertain"
    assert await internet.status(key) == 200, "the ATS may still be about to fetch what it was asked to"
    bench.pusher.act = deliver_at_once
    await bench.pool.execute("update delivery set next_at = now()")
    await bench.deliver()
    first, second = bench.pusher.pushed
    assert first == second
    assert link_of(first) == link_of(second)


async def test_nothing_is_there_before_the_first_byte_of_its_delivery_leaves(bench: Bench, internet: Internet) -> None:
    await bench.connect()
    key = await bench.emit("app-1")
    statuses = [await internet.status(key)]
    await bench.render()
    statuses.append(await internet.status(key))

    async def look_around(delivery: Delivery, journal: Journal) -> Receipt:
        statuses.append(await internet.status(key))
        await journal.start("create")
        statuses.append(await internet.status(key))
        return await deliver_at_once(delivery, journal)

    bench.pusher.act = look_around
    await bench.deliver()
    assert statuses == [404, 404, 404, 200]


@pytest.mark.parametrize(
    ("state", "within", "after"),
    [
        ("ready", 200, 200),
        ("sending", 200, 200),
        ("uncertain", 200, 200),
        ("delivered", 200, 404),
        ("dead", 200, 404),
        ("parked", 200, 404),
        ("cancelled", 404, 404),
    ],
)
async def test_a_link_is_open_while_its_delivery_is_under_way_and_a_little_longer(
    bench: Bench, internet: Internet, state: str, within: int, after: int
) -> None:
    key = await begun(bench, state)
    await called_ago(bench, key, OPEN_AFTER_S - 60)
    assert await internet.status(key) == within
    await called_ago(bench, key)
    assert await internet.status(key) == after


@pytest.mark.parametrize("state", ["ready", "sending", "uncertain", "delivered", "parked"])
async def test_a45_an_erasure_closes_the_link_at_once(bench: Bench, internet: Internet, state: str) -> None:
    key = await begun(bench, state)
    assert await internet.status(key) == 200
    await forget(bench)
    assert await internet.status(key) == 404
    assert await bench.pool.fetchval("select count(*) from artifact") == 1, "not only because the bytes are gone"


async def test_an_ats_that_takes_bytes_is_given_no_link(bench: Bench, internet: Internet) -> None:
    bench.pusher.facts = FACTS
    await bench.connect()
    await bench.ready("app-1")
    await bench.deliver()
    (delivery,) = bench.pusher.pushed
    assert delivery.pdf is not None
    assert (delivery.pdf.url, delivery.pdf.content) == (None, BYTES)
