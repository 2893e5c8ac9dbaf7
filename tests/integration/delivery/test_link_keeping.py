"""What stays of a PDF that an ATS fetches: how long it is kept, that it was fetched, and nothing sent without it."""

from __future__ import annotations

import pytest

from adapters.transport import open_transport
from app.answer import answer_of
from app.ledger.connections import ConnectionStore
from app.ledger.links import LinkedPdfs
from app.ledger.operators import Operators, Order
from app.ledger.overview import Overview
from app.ledger.tending import Kept
from app.links import OPEN_AFTER_S
from app.secrets import new_key, secrets_from
from app.settings import load
from schemas.connection import ConnectionSpec
from tests.integration.delivery.parts import Bench
from tests.integration.delivery.public import (
    BYTES,
    Internet,
    begun,
    called_ago,
    delivering,
    fetching,
    forget,
    run_until,
    served,
)
from tests.integration.fetching import SECRET, fetching_ats, known_as_fetching

pytestmark = [pytest.mark.service, pytest.mark.timeout(120)]

FETCHING = Kept(fetching=("scripted",))


async def artifacts(bench: Bench) -> int:
    return int(await bench.pool.fetchval("select count(*) from artifact"))


async def fetches(bench: Bench) -> int:
    return int(await bench.pool.fetchval("select count(*) from attempt where op = 'fetch'"))


async def test_it_is_written_down_once_for_each_attempt_when_the_ats_came(bench: Bench, internet: Internet) -> None:
    key = await begun(bench, "delivered")
    await internet.get(internet.links.to(key), "HEAD")
    assert await fetches(bench) == 0, "asking is not fetching"
    for _ in range(3):
        await internet.status(key)
    found = await Overview(bench.pool).explain("app-1")
    assert found is not None
    came = [row for row in found["delivery_attempts"] if row["op"] == "fetch"]
    assert [(row["class"], row["applied"]) for row in came] == [("fetched", True)]
    (delivery,) = found["application_deliveries"]
    assert delivery["fetched_at"] == came[0]["started_at"]
    assert "It came for the PDF on " in answer_of("CREATE", [], [delivery])
    await bench.pool.execute("update delivery set fence = fence + 1")
    await internet.status(key)
    assert await fetches(bench) == 2


async def test_a_pdf_that_may_still_be_fetched_is_kept_and_the_others_go_at_once(
    bench: Bench, internet: Internet
) -> None:
    key = await begun(bench, "delivered")
    await called_ago(bench, key, OPEN_AFTER_S - 60)
    await bench.tending.purge(FETCHING)
    assert await internet.status(key) == 200
    await bench.tending.purge(Kept(fetching=("another",)))
    assert await artifacts(bench) == 0


async def test_a45_an_erased_persons_pdf_is_not_kept_for_an_ats_that_may_fetch(
    bench: Bench, internet: Internet
) -> None:
    key = await begun(bench, "delivered")
    await called_ago(bench, key, 0)
    await forget(bench)
    assert await bench.tending.purge(FETCHING) == 0
    assert await artifacts(bench) == 0


@pytest.mark.parametrize("came", [True, False])
async def test_r09_a_pdf_that_goes_without_having_been_fetched_is_told_once(
    bench: Bench, internet: Internet, *, came: bool
) -> None:
    key = await begun(bench, "delivered")
    if came:
        await internet.status(key)
    await called_ago(bench, key)
    assert await bench.tending.purge(FETCHING) == int(not came)
    row = await bench.row(key)
    assert row["last_code"] == row["reason"] == (None if came else "pdf_not_fetched")
    assert ("never came for it" in answer_of("CREATE", [], [row])) is not came
    assert await bench.tending.purge(FETCHING) == 0


async def test_a_pdf_that_was_never_to_be_fetched_is_not_missed(bench: Bench, internet: Internet) -> None:
    key = await begun(bench, "delivered")
    await bench.pool.execute("""update delivery set receipt = receipt || '{"note": "update_unsupported"}'""")
    await called_ago(bench, key)
    assert await bench.tending.purge(FETCHING) == 0
    assert await artifacts(bench) == 0


async def test_r09_p1_without_an_address_nothing_is_sent_and_nothing_is_lost(bench: Bench, internet: Internet) -> None:
    """The engine's own word, whatever the pushers say."""
    links, bench.links = bench.links, None
    await bench.connect()
    key = await bench.ready("app-1")
    await bench.deliver()
    row = await bench.row(key)
    assert (row["state"], row["reason"], row["last_code"]) == ("parked", "connection_down", "config_error")
    assert (row["first_sent_at"], bench.pusher.pushed) == (None, [])
    bench.links = links
    bench.pusher.act = fetching(internet)
    await Operators(bench.pool).resume("acme", Order(actor="me", reason=""), include_old=False)
    await bench.deliver()
    assert await bench.state(key) == "delivered"


async def test_r09_p1_candidates_wait_for_an_address_and_go_once_there_is_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_as_fetching(monkeypatch)
    secret = new_key()
    settings = {"ATS_SYNC_SECRET_KEY": secret, "ATS_SYNC_TESTING": "true"}
    pdfs = LinkedPdfs(pool=bench.pool, open_after_s=OPEN_AFTER_S)
    async with fetching_ats() as ats, open_transport(None) as transport, served(pdfs, secret) as internet:
        spec = ConnectionSpec(
            name="acme",
            employer_id="employer-acme",
            vendor="fetching",
            credentials={"secret": SECRET},
            base_url=ats.url,
            trigger="engaged",
        )
        await ConnectionStore(pool=bench.pool, secrets=secrets_from(secret)).apply([spec])
        key = await bench.emit("app-1")
        await run_until(bench, delivering(bench, transport, load(settings)), key, "parked")
        assert (ats.orders, (await bench.row(key))["reason"]) == ([], "connection_down")
        assert await bench.pool.fetchval("select pause_reason from connection") == "config_error"
        await Operators(bench.pool).resume("acme", Order(actor="me", reason=""), include_old=False)
        public = {**settings, "ATS_SYNC_PUBLIC_URL": internet.links.public_url}
        await run_until(bench, delivering(bench, transport, load(public)), key, "delivered")
        assert ats.files == [(internet.links.to(key), BYTES)]
