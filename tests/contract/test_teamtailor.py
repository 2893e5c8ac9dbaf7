"""What only Teamtailor does: an address that is taken, links to the next page, a file that comes later or never."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.base import Call
from adapters.driver import ask, drive
from adapters.sandbox import Rules, Sandbox, SandboxSettings
from adapters.transport import Transport
from schemas.delivery import Receipt
from schemas.errors import Permanent, Unknown
from tests.contract.adapter_case import MemoryJournal, Script, Scripted, reply
from tests.contract.adapter_cases.teamtailor import (
    CASE,
    NAME,
    TAKEN,
    application,
    one,
    page,
    person,
    refused,
    upload,
)
from tests.contract.pdf_links import ELSEWHERE, NOT_THERE, TOO_LATE, link_that_fails
from tests.contract.test_adapters_over_http import Bench

NEXT = "https://api.teamtailor.com/v1/candidates/c1/uploads?page%5Bnumber%5D=2&page%5Bsize%5D=30"
KNOWN = {"find candidate": reply(200, page(person("c1", "augusta@example.com")))}
AGAIN = {"find candidate again": KNOWN["find candidate"]}
NOT_ON_JOB = {"find application": reply(200, page(application("a0", "76")))}
NO_FILE = {"find file": reply(200, page())}
THERE = reply(422, refused("relationships/candidate", "has already been taken"))


async def created(script: Script) -> tuple[Receipt, list[Call]]:
    ats = Scripted({**CASE.create, **script})
    receipt = await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
    return receipt, ats.calls


def attributes_of(calls: list[Call], step: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(next(call.body for call in calls if call.step == step))["data"]["attributes"]
    return found


# --- who is there already ---


async def test_a41_an_address_that_is_taken_is_looked_up_and_applied() -> None:
    receipt, calls = await created({"create candidate": TAKEN, **AGAIN, **NOT_ON_JOB, **NO_FILE})
    assert (receipt.candidate_id, receipt.adopted, receipt.attribution) == ("c1", True, "set")
    assert [call.step for call in calls if call.method == "POST"] == [
        "create candidate",
        "create application",
        "attach profile",
    ]


async def test_a41_an_address_that_is_taken_and_not_seen_is_unknown() -> None:
    with pytest.raises(Unknown):
        await created({"create candidate": TAKEN, "find candidate again": reply(200, page())})


async def test_a41_who_is_on_the_job_by_the_atss_own_word_is_looked_up_and_adopted() -> None:
    found = {"find application again": reply(200, page(application("a1", "77")))}
    receipt, _ = await created({**KNOWN, **NOT_ON_JOB, "create application": THERE, **found, **NO_FILE})
    assert (receipt.application_id, receipt.adopted, receipt.attribution) == ("a1", True, "kept_existing")


async def test_a41_who_is_on_the_job_by_the_atss_own_word_and_not_seen_is_unknown() -> None:
    with pytest.raises(Unknown):
        await created({"create application": THERE, "find application again": reply(200, page())})


async def test_a41_a_person_who_is_known_keeps_their_data() -> None:
    _, calls = await created({**KNOWN, **NOT_ON_JOB, **NO_FILE})
    sent = b"".join(call.body for call in calls)
    assert not any(word in sent for word in (b"Augusta", b"Lovelace", b"2125550123"))


async def test_what_was_refused_is_named_and_nobody_is() -> None:
    with pytest.raises(Permanent) as caught:
        await created({"create candidate": reply(422, refused("attributes/email", "email - is invalid"))})
    assert (caught.value.code, caught.value.fields) == ("invalid", ("email",))


async def test_nobody_is_ever_merged() -> None:
    _, calls = await created({})
    assert not any(b'"merge"' in call.body for call in calls)


# --- mail and source ---


async def test_a49_nothing_is_asked_for_that_mails_anybody(ats: Sandbox, transport: Transport) -> None:
    bench = Bench(ats, transport, "teamtailor", "mail")
    await bench.push(bench.delivery(), MemoryJournal())
    assert bench.state()["incidents"] == {}
    _, calls = await created({})
    applied = attributes_of(calls, "create application")
    assert (applied["sourced"], applied["send-default-reply"], applied["send-user-notifications"]) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("site", [None, "Factoryfix", "factoryfix.com"])
async def test_r11_a_source_spelled_otherwise_is_not_called_set(site: str | None) -> None:
    receipt, _ = await created({"create application": reply(201, one("job-applications", "a1", referring_site=site))})
    assert receipt.attribution == "unverified"


# --- pages and versions ---


async def test_a14_a_file_on_the_next_page_is_found_by_the_number_in_the_link() -> None:
    first = page(upload("f0", "cv.pdf", "https://files.example/cv.pdf"), following=NEXT)
    script = {
        "find file": reply(200, first),
        "find file, page 2": reply(200, page(upload("f7", NAME.replace(" ", "_"), "https://files.example/p.pdf"))),
    }
    ats = Scripted(script)
    receipt = await drive(CASE.adapter(), CASE.delivery("update"), ats.send, MemoryJournal())
    assert receipt.attachment_id == "f7"
    assert dict(ats.calls[1].query) == {"page[size]": "30", "page[number]": "2"}
    assert ats.calls[1].path == "/candidates/c1/uploads"


async def test_an_application_on_a_later_page_is_adopted() -> None:
    first = page(application("a0", "76"), following=NEXT)
    later = {"find application, page 2": reply(200, page(application("a1", "77")))}
    receipt, _ = await created({**KNOWN, "find application": reply(200, first), **later, **NO_FILE})
    assert (receipt.application_id, receipt.adopted) == ("a1", True)


def test_the_version_is_sent_with_every_call_and_may_be_another() -> None:
    kind = type(CASE.adapter())
    adapter = kind(api_key="k", api_version="20210218")  # type: ignore[call-arg]
    assert adapter.auth().values["X-Api-Version"] == "20210218"  # type: ignore[attr-defined]


# --- files ---


async def test_r09_our_own_address_in_the_answer_is_no_file_of_theirs() -> None:
    pdf = CASE.delivery().pdf
    assert pdf is not None
    with pytest.raises(Unknown):
        await created({"attach profile": reply(201, one("uploads", "f1", url=pdf.url))})


async def test_r09_a_file_that_is_refused_is_told_by_its_code() -> None:
    with pytest.raises(Permanent) as caught:
        await created({"attach profile": reply(422, refused("attributes/url", "url - could not be downloaded"))})
    assert caught.value.code == "file_not_fetched"


@pytest.mark.parametrize("step", ["create application", "attach profile"])
async def test_a40_what_belongs_to_somebody_who_is_not_seen_cannot_be_told(step: str) -> None:
    with pytest.raises(Unknown):
        await ask(CASE.adapter().find(CASE.delivery(), step), Scripted({"find candidate": reply(200, page())}).send)


async def test_a40_an_update_is_looked_for_where_it_was_placed() -> None:
    ats = Scripted({"find file": reply(200, page(upload("f1", NAME, "https://files.example/p.pdf")))})
    assert await ask(CASE.adapter().find(CASE.delivery("update"), "attach profile"), ats.send) == {
        "attachment_id": "f1"
    }


@pytest.mark.parametrize("path", [NOT_THERE, ELSEWHERE, TOO_LATE])
async def test_r09_a39_a_file_that_never_comes_is_noticed_and_sent_again(transport: Transport, path: str) -> None:
    async with Sandbox(SandboxSettings(fetch_s=0.3)) as ats:
        bench, journal = Bench(ats, transport, "teamtailor", "links"), MemoryJournal()
        delivery = bench.delivery()
        assert delivery.pdf is not None
        broken = replace(delivery, pdf=replace(delivery.pdf, url=link_that_fails(path)))
        for _ in range(2):  # the upload, and a look that does not find its file
            with pytest.raises(Unknown):
                await bench.push(broken, journal)
        assert len(bench.state()["applications"]) == 1
        await bench.push(delivery, journal)
        bench.assert_placed_once()


async def test_r09_a_file_that_comes_later_is_waited_for_and_not_sent_again(ats: Sandbox, transport: Transport) -> None:
    bench, journal = Bench(ats, transport, "teamtailor", "later"), MemoryJournal()
    ats.put_rules("later", Rules(fresh_404_s=3600))
    with pytest.raises(Unknown):
        await bench.push(bench.delivery(), journal)
    ats.put_rules("later", Rules())
    receipt = await bench.push(bench.delivery(), journal)
    assert receipt.attachment_id == bench.state()["attachments"][0]["id"]
    assert len(bench.state()["attachments"]) == 1
    bench.assert_placed_once()
