"""Greenhouse: a token that is shown nothing proves nothing, prospects are no applications, rows may lack their ids."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from adapters import sandbox
from adapters.base import Reply
from adapters.driver import ask, drive
from adapters.pusher import VendorPusher
from adapters.registry import build
from adapters.sandbox import Rules, Sandbox
from adapters.transport import Transport, TransportSettings, open_transport
from schemas.errors import Unknown
from tests.contract.adapter_case import MemoryJournal, Scripted, reply
from tests.contract.test_adapters import CASES

CASE = CASES["greenhouse"]


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with open_transport(TransportSettings(total_s=5, upload_s=5)) as opened:
        yield opened


@pytest.mark.parametrize("step", ["create candidate", "create application", "attach profile"])
async def test_a40_nothing_seen_by_who_sees_nothing_is_no_proof(step: str) -> None:
    blind = {**CASE.looks[step].absent, "see job": reply(200, [])}
    with pytest.raises(Unknown):
        await ask(CASE.adapter().find(CASE.delivery(), step), Scripted(blind).send)


@pytest.mark.parametrize("answer", [reply(403), reply(404), reply(200, [{"id": 1, "status": "open"}])])
async def test_a40_a_job_that_may_not_be_asked_for_hides_nobody(answer: Reply) -> None:
    absent = {**CASE.looks["create candidate"].absent, "see job": answer}
    assert await ask(CASE.adapter().find(CASE.delivery(), "create candidate"), Scripted(absent).send) is None


async def test_a40_a_user_who_is_no_site_admin_makes_nobody_twice(ats: Sandbox, transport: Transport) -> None:
    ats.world.set_rules("acme", Rules(site_admin=False))
    adapter = build("greenhouse", sandbox.credentials("greenhouse"), sandbox.base_url(ats.url, "greenhouse", "acme"))
    pusher, journal = VendorPusher(adapter, transport), MemoryJournal()
    journal.open.add("create candidate")  # a first request that was never answered
    for _ in range(4):
        with pytest.raises(Unknown):
            await pusher.push(CASE.delivery(), journal, deadline=time.monotonic() + 60)
    assert not ats.state()["accounts"]["acme"]["candidates"]


async def test_the_preflight_says_that_nobody_is_shown() -> None:
    nobody = Scripted({**CASE.check, "read candidates": reply(200, [])})
    shown = await ask(CASE.adapter().check(None), Scripted(CASE.check).send)
    hidden = await ask(CASE.adapter().check(None), nobody.send)
    assert shown[0].detail == "allowed"
    assert hidden[0].ok
    assert "site admin" in hidden[0].detail


async def test_a14_a_prospect_has_not_applied() -> None:
    prospect = {"id": 4, "candidate_id": 501, "job_id": 77, "status": "in_process", "prospect": True}
    script = {**CASE.adopt, "find application": reply(200, [prospect])}
    script["create application"] = reply(201, {"id": 602})
    receipt = await drive(CASE.adapter(), CASE.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt.application_id == "602"


async def test_rows_without_ids_are_nobody() -> None:
    nameless = {"email_addresses": [{"value": "augusta@example.com"}]}
    script = {**CASE.create, "find candidate": reply(200, [{}, nameless])}
    receipt = await drive(CASE.adapter(), CASE.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt == CASE.receipt
