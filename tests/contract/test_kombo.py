"""The traps of Kombo that no other vendor has: its codes, reads that are not allowed, ids of the ATS behind it."""

from __future__ import annotations

import dataclasses

import pytest

from adapters.base import Finding
from adapters.driver import ask, drive
from schemas.delivery import Receipt
from schemas.errors import DeliveryError, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, MemoryJournal, Script, Scripted, reply
from tests.contract.adapter_cases.kombo import error, ok, page
from tests.contract.test_adapters import CASES

CASE = CASES["kombo"]
HIDDEN = [
    "INTEGRATION.MODEL_NOT_AVAILABLE",
    "INTEGRATION.MODEL_DISABLED",
    "INTEGRATION.ACTION_NOT_AVAILABLE",
    "INTEGRATION.ACTION_DISABLED",
    "INTEGRATION.PERMISSION_MISSING",
]


async def pushed(script: Script, journal: MemoryJournal | None = None, *, ats_job_id: str = "77") -> Receipt:
    case = dataclasses.replace(CASE, ats_job_id=ats_job_id)
    return await drive(case.adapter(), case.delivery(), Scripted(script).send, journal or MemoryJournal())


async def checked(**replies: object) -> list[Finding]:
    script = {**CASE.check, **{step.replace("_", " "): reply(200, said) for step, said in replies.items()}}
    return list(await ask(CASE.adapter().check("77"), Scripted(script).send))


# --- what it says of a failure ---


@pytest.mark.parametrize(
    ("code", "means", "attributes"),
    [
        ("REMOTE.RATE_LIMIT_EXCEEDED", Transient, {"throttled": True}),
        ("REMOTE.SERVICE_UNAVAILABLE", Transient, {"throttled": False}),
        ("REMOTE.UNKNOWN_HTTP_ERROR", Unknown, {}),
        ("PLATFORM.UNKNOWN_ERROR", Unknown, {}),
        ("PLATFORM.A_CODE_OF_TOMORROW", Unknown, {}),
    ],
)
async def test_a40_what_the_vendor_calls_safe_to_retry_is_and_nothing_else(
    code: str, means: type[DeliveryError], attributes: dict[str, bool]
) -> None:
    for status in (200, 400, 503):
        with pytest.raises(means) as caught:
            await pushed({**CASE.create, "create application": reply(status, error(code))})
        assert {name: getattr(caught.value, name) for name in attributes} == attributes


async def test_an_error_without_a_code_goes_by_its_status() -> None:
    silent = {"status": "error", "error": {"code": None, "title": None, "message": "Augusta", "log_url": None}}
    for status, means in ((200, Unknown), (400, Permanent), (401, Unauthorized), (500, Unknown), (503, Transient)):
        with pytest.raises(means):
            await pushed({**CASE.create, "create application": reply(status, silent)})


# --- reads an employer does not allow, or the ATS does not have ---


@pytest.mark.parametrize("code", HIDDEN)
async def test_what_may_not_be_read_stops_no_create_and_proves_nothing(code: str) -> None:
    hidden = reply(403, error(code))
    assert await pushed({**CASE.create, "find application": hidden}) == CASE.receipt
    again = {"create application": reply(400, error("ATS.APPLICATION_ALREADY_EXISTS"))}
    with pytest.raises(Unknown):
        await pushed({"find application": hidden, "find application again": hidden, **again})
    for step in CASE.looks:
        looks = Scripted({**CASE.looks[step].found, "find application": hidden, "find attachment": hidden})
        with pytest.raises(Unknown):
            await ask(CASE.adapter().find(CASE.delivery(), step), looks.send)
    assert await pushed({**CASE.adopt, "find attachment": hidden}) == CASE.adopted


async def test_a40_hidden_files_are_no_proof_that_there_is_none() -> None:
    hidden = {**CASE.looks["attach profile"].found, "find attachment": reply(403, error(HIDDEN[0]))}
    with pytest.raises(Unknown):
        await ask(CASE.adapter().find(CASE.delivery("update"), "attach profile"), Scripted(hidden).send)


@pytest.mark.parametrize("code", ["INTEGRATION.ACTION_NOT_AVAILABLE", "INTEGRATION.ACTION_DISABLED"])
async def test_r09_an_adopted_application_whose_pdf_cannot_be_added_is_not_delivered(code: str) -> None:
    journal = MemoryJournal()
    with pytest.raises(Permanent) as caught:
        await pushed({**CASE.adopt, "attach profile": reply(400, error(code))}, journal)
    assert caught.value.code == "pdf_not_attachable"
    assert await pushed(CASE.adopt, journal) == CASE.adopted, "after the employer switched it on, a retry attaches it"


async def test_r18_an_update_that_cannot_be_added_is_told_and_stays_successful() -> None:
    script = {**CASE.update, "attach profile": reply(400, error("INTEGRATION.ACTION_DISABLED"))}
    receipt = await drive(CASE.adapter(), CASE.delivery("update"), Scripted(script).send, MemoryJournal())
    assert receipt.note == "update_unsupported"


# --- jobs ---


async def test_a_job_may_be_named_by_the_id_of_the_ats_behind_kombo() -> None:
    application = {"id": "a1", "job": {"id": "k77", "remote_id": "4021"}}
    person = {"id": "c1", "email_addresses": [{"email_address": "augusta@example.com"}], "applications": [application]}
    script = {**CASE.adopt, "find application": reply(200, page(person))}
    assert await pushed(script, ats_job_id="remote:4021") == CASE.adopted
    jobs = {**CASE.check, "see job": reply(200, page({"id": "k77", "remote_id": "4021", "status": "OPEN"}))}
    ats = Scripted(jobs)
    assert all(finding.ok for finding in await ask(CASE.adapter().check("remote:4021"), ats.send))
    assert ats.calls[-1].query == (("remote_ids", "4021"),)


async def test_a_preflight_reads_status_and_visibility_and_trusts_what_it_does_not_know() -> None:
    takes: list[dict[str, object]] = [
        {"status": "OPEN", "visibility": "PUBLIC"},
        {"status": None, "visibility": None},
        {"status": "until May"},
    ]
    refuses = [{"status": "OPEN", "visibility": "CONFIDENTIAL"}, {"status": "DRAFT"}, {"status": "CLOSED"}]
    for jobs, is_open in ((takes, True), (refuses, False)):
        for job in jobs:
            assert all(finding.ok for finding in await checked(see_job=page({"id": "77", **job}))) == is_open


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("INTEGRATION.MODEL_DISABLED", "scope config"),
        ("INTEGRATION.AUTHENTICATION_INVALID", "open the integration in Kombo"),
        ("PLATFORM.AUTHENTICATION_INVALID", "API key"),
    ],
)
async def test_a_preflight_says_who_has_to_do_what(code: str, words: str) -> None:
    first = (await checked(read_candidates=error(code)))[0]
    assert not first.ok
    assert words in first.remedy


async def test_the_key_in_a_changed_file_name_is_enough() -> None:
    renamed = ok({"results": [{"id": "f1", "file_name": f"{KEY} (1).pdf"}]})
    receipt = await pushed({**CASE.adopt, "find attachment": reply(200, renamed)})
    assert receipt.attachment_id == "f1"
