"""Preflight with a synthetic candidate, every vendor over HTTP against the sandbox: created, read back, cleaned up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pypdfium2
import pytest

from adapters import registry
from adapters.pusher import VendorPusher
from adapters.sandbox import Rules, Sandbox, base_url, credentials
from adapters.transport import Transport, open_transport
from app.wiring.preflight import one_page, synthetic, try_out
from schemas.connection import Connection

JOB = "4021"
VENDORS = [name for name in registry.known() if name in ("webhook", "greenhouse", "jobadder")]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with open_transport(None) as opened:
        yield opened


def pusher_of(vendor: str, sandbox: Sandbox, transport: Transport) -> VendorPusher:
    return VendorPusher(registry.build(vendor, credentials(vendor), base_url(sandbox.url, vendor, "acme")), transport)


def connection(vendor: str) -> Connection:
    return Connection(name="acme", employer_id="emp", vendor=vendor, trigger="new")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_synthetic_candidate_comes_and_goes(vendor: str, sandbox: Sandbox, transport: Transport) -> None:
    findings = await try_out(pusher_of(vendor, sandbox, transport), connection(vendor), JOB, deadline_s=300)
    assert [found.what for found in findings if not found.ok] == []
    assert findings[0].what == "create a synthetic candidate"
    assert findings[-1].what == "clean up"
    account = sandbox.state()["accounts"]["acme"]
    assert [one["applications"] for one in account["creations"]] == [1]
    assert all(one["erased_at"] for one in account["candidates"])


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_closed_job_is_a_finding_and_nothing_is_created(
    vendor: str, sandbox: Sandbox, transport: Transport
) -> None:
    sandbox.put_rules("acme", Rules(closed_jobs=(JOB,)))
    (found,) = await try_out(pusher_of(vendor, sandbox, transport), connection(vendor), JOB, deadline_s=300)
    assert not found.ok
    assert found.remedy
    assert sandbox.state()["accounts"]["acme"]["applications"] == []


@pytest.mark.parametrize("vendor", VENDORS)
async def test_revoked_credentials_are_a_finding(vendor: str, sandbox: Sandbox, transport: Transport) -> None:
    sandbox.put_rules("acme", Rules(revoked=True))
    findings = await pusher_of(vendor, sandbox, transport).check(JOB)
    if vendor != "webhook":  # a webhook cannot be asked: only --write shows it
        assert any(not found.ok and found.remedy for found in findings)
    (found, *_) = await try_out(pusher_of(vendor, sandbox, transport), connection(vendor), JOB, deadline_s=300)
    assert not found.ok


def test_the_synthetic_page_is_a_pdf_that_says_what_it_is() -> None:
    document = pypdfium2.PdfDocument(one_page())
    assert "Not a real candidate" in document[0].get_textpage().get_text_range()
    document.close()


def test_each_preflight_has_a_candidate_of_its_own() -> None:
    first, second = (synthetic(connection("webhook"), JOB) for _ in range(2))
    assert first.person.email != second.person.email
    assert first.key != second.key
