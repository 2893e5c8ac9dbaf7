"""Every vendor that fetches its PDFs: ledger, runner, adapter, public listener, and an ATS that comes for them."""

from __future__ import annotations

import hashlib

import pytest

from adapters import sandbox
from adapters.registry import card, known
from adapters.sandbox import Rules, Sandbox
from adapters.transport import open_transport
from app.ledger.connections import ConnectionStore
from app.ledger.links import LinkedPdfs
from app.links import OPEN_AFTER_S
from app.secrets import new_key, secrets_from
from app.settings import load
from schemas.connection import ConnectionSpec
from tests.integration.delivery.parts import Bench
from tests.integration.delivery.public import BYTES, delivering, run_until, served

pytestmark = [pytest.mark.service, pytest.mark.timeout(120)]

FETCHING = [vendor for vendor in known() if card(vendor).pdf_by == "link"]


@pytest.mark.parametrize("vendor", FETCHING)
async def test_r09_the_stored_bytes_are_in_the_ats_and_it_is_known_when_it_came(bench: Bench, vendor: str) -> None:
    secret = new_key()
    store = ConnectionStore(pool=bench.pool, secrets=secrets_from(secret))
    pdfs = LinkedPdfs(pool=bench.pool, open_after_s=OPEN_AFTER_S)
    async with Sandbox() as ats, open_transport(None) as transport, served(pdfs, secret) as internet:
        ats.put_rules("acme", Rules(known_jobs=("77",)))
        spec = ConnectionSpec(
            name="acme",
            employer_id="employer-acme",
            vendor=vendor,
            credentials=sandbox.credentials(vendor),
            base_url=sandbox.base_url(ats.url, vendor, "acme"),
            trigger="engaged",
        )
        await store.apply([spec])
        key = await bench.emit("app-1", ats_job="77")
        settings = load(
            {
                "ATS_SYNC_SECRET_KEY": secret,
                "ATS_SYNC_TESTING": "true",
                "ATS_SYNC_PUBLIC_URL": internet.links.public_url,
                "ATS_SYNC_RATE_SCALE": "100",
            }
        )
        await run_until(bench, delivering(bench, transport, settings), key, "delivered", "dead", "parked")
        account = ats.state()["accounts"]["acme"]
    assert await bench.state(key) == "delivered"
    assert [one["sha256"] for one in account["attachments"]] == [hashlib.sha256(BYTES).hexdigest()]
    assert "fetched" in internet.seen
    assert await bench.pool.fetchval("select count(*) from attempt where op = 'fetch'") == 1
