"""The traps of Zoho Recruit: merging by more than the e-mail address, hidden people, a module of two names, log-in."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from adapters.auth import OAuth
from adapters.base import Call, Reply, Session
from adapters.driver import ask, drive
from adapters.registry import build
from adapters.sessions import MemoryTokens, Sessions
from schemas.delivery import Receipt
from schemas.errors import Transient, Unauthorized, Unknown
from tests.contract.adapter_case import PERSON, MemoryJournal, Script, Scripted, reply
from tests.contract.test_adapters import CASES
from tests.contract.test_requests_by_schema import DOCUMENTS, check_call, described

ZOHO = CASES["zohorecruit"]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def upserted(action: str) -> Reply:
    found = json.loads(ZOHO.create["create candidate"].body)
    return reply(200, {"data": [{**found["data"][0], "action": action}]})


async def pushed(script: Script) -> tuple[list[Call], Receipt]:
    ats = Scripted(script)
    receipt = await drive(ZOHO.adapter(), ZOHO.delivery(), ats.send, MemoryJournal())
    return ats.calls, receipt


# --- who it is ---


async def test_only_the_email_address_decides_who_is_merged() -> None:
    """Zoho compares every field the employer made unique, and two people may share a telephone number."""
    calls, _ = await pushed(ZOHO.create)
    upsert = next(call for call in calls if call.step == "create candidate")
    assert json.loads(upsert.body)["duplicate_check_fields"] == ["Email"]
    assert str(PERSON.phone).encode() not in upsert.body
    phone = next(call for call in calls if call.step == "add phone")
    assert str(PERSON.phone).encode() in phone.body


async def test_a41_whom_the_search_did_not_show_yet_is_adopted_and_their_telephone_left_alone() -> None:
    script = {**ZOHO.create, "create candidate": upserted("update"), "find file": reply(204)}
    calls, receipt = await pushed(script)
    assert receipt.adopted
    assert "add phone" not in {call.step for call in calls}


async def test_a40_an_upsert_that_landed_unheard_is_ours_when_the_repeat_says_updated() -> None:
    journal = MemoryJournal()
    crashed = Scripted(ZOHO.create, {"create candidate": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        await drive(ZOHO.adapter(), ZOHO.delivery(), crashed.send, journal)
    resumed = Scripted({**ZOHO.create, "create candidate": upserted("update")})
    assert await drive(ZOHO.adapter(), ZOHO.delivery(), resumed.send, journal) == ZOHO.receipt


async def test_r14_our_own_earlier_candidate_is_not_the_employers() -> None:
    row = {"id": ZOHO.receipt.candidate_id, "Email": PERSON.email, "Source": "FactoryFix"}
    script = {**ZOHO.create, "find candidate": reply(200, {"data": [row], "info": {"more_records": False}})}
    calls, receipt = await pushed(script)
    assert receipt == ZOHO.receipt
    assert "create candidate" not in {call.step for call in calls}


async def test_the_oldest_of_several_profiles_is_taken() -> None:
    rows = [{"id": number, "Email": PERSON.email, "Source": "x"} for number in ("5394166000000379002", "99", "100")]
    _, receipt = await pushed({**ZOHO.adopt, "find candidate": reply(200, {"data": rows})})
    assert receipt.candidate_id == "99"


async def test_a_search_that_shows_everybody_is_not_believed() -> None:
    strangers = {"data": [{"id": "9", "Email": "x@example.com"}], "info": {"more_records": True}}
    with pytest.raises(Unknown):
        await pushed({**ZOHO.create, "find candidate": reply(200, strangers)})


async def test_converted_and_unapproved_people_are_asked_for_and_the_address_is_escaped() -> None:
    person = dataclasses.replace(PERSON, email="a(b),c\\d@example.com")
    ats = Scripted(ZOHO.create)
    await drive(ZOHO.adapter(), ZOHO.delivery(person=person), ats.send, MemoryJournal())
    asked = dict(next(call.query for call in ats.calls if call.step == "find candidate"))
    assert (asked["converted"], asked["approved"]) == ("both", "both")
    assert asked["criteria"] == "(Email:equals:a\\(b\\)\\,c\\\\d@example.com)"


async def test_a49_every_write_says_that_no_workflow_shall_run() -> None:
    calls, _ = await pushed(ZOHO.create)
    told = [json.loads(call.body) for call in calls if call.path.startswith("/Candidates") and b'"data"' in call.body]
    assert [body["trigger"] for body in told if "jobids" not in body["data"][0]] == [[], []]
    ats = Scripted(ZOHO.erase)
    await drive(ZOHO.adapter(), ZOHO.delivery("erase"), ats.send, MemoryJournal())
    assert ("wf_trigger", "false") in ats.calls[0].query


async def test_each_name_is_cut_to_its_own_field() -> None:
    person = dataclasses.replace(PERSON, first_name="f" * 90, last_name="l" * 90)
    ats = Scripted(ZOHO.create)
    await drive(ZOHO.adapter(), ZOHO.delivery(person=person), ats.send, MemoryJournal())
    row = json.loads(next(call.body for call in ats.calls if call.step == "create candidate"))["data"][0]
    assert (len(row["First_Name"]), len(row["Last_Name"])) == (40, 80)


@pytest.mark.parametrize("told", ["INVALID_DATA", "SUCCESS"])
async def test_a45_who_is_gone_already_is_as_good_as_deleted(told: str) -> None:
    entry = {"code": told, "details": {"id": "1"}, "message": "record not deleted", "status": "error"}
    script = {"delete candidate": reply(200, {"data": [entry]})}
    receipt = await drive(ZOHO.adapter(), ZOHO.delivery("erase"), Scripted(script).send, MemoryJournal())
    assert receipt.note == "erase_by_employer", "Zoho keeps them in its recycle bin"


# --- the job opening ---


async def test_the_other_name_of_the_module_is_tried() -> None:
    elsewhere = reply(400, {"code": "INVALID_MODULE", "details": {}, "message": "x", "status": "error"})
    script = {**ZOHO.create, "see job": elsewhere, "see job opening": ZOHO.create["see job"]}
    calls, receipt = await pushed(script)
    assert receipt == ZOHO.receipt
    assert [call.path.split("/")[1] for call in calls[:2]] == ["Job_Openings", "JobOpenings"]


@pytest.mark.parametrize("state", ["Filled", "Closed - Lost", "CANCELLED", "Inactive"])
async def test_a37_preflight_names_the_state_of_a_closed_job(state: str) -> None:
    script = {**ZOHO.check, "see job": reply(200, {"data": [{"Job_Opening_Status": state}]})}
    findings = await ask(ZOHO.adapter().check(ZOHO.ats_job_id), Scripted(script).send)
    (job,) = [found for found in findings if found.what == "linked job"]
    assert not job.ok
    assert state in job.detail


async def test_files_are_looked_for_on_every_page() -> None:
    more = reply(200, {"data": [{"id": "1", "File_Name": "cv.pdf"}], "info": {"more_records": True}})
    look = ZOHO.looks["attach profile"].found
    script = {**look, "find file": more, "find file, page 2": look["find file"]}
    found = await ask(ZOHO.adapter().find(ZOHO.delivery(), "attach profile"), Scripted(script).send)
    assert found == {"attachment_id": "7001"}


@pytest.mark.parametrize(
    ("jobs", "seen"),
    [(("25001", ZOHO.ats_job_id), True), (("25001",), False), ((ZOHO.receipt.candidate_id,), False), ((), False)],
)
async def test_a_preflight_that_writes_sees_the_candidate_on_the_job(jobs: tuple[str, ...], *, seen: bool) -> None:
    """Where it is not seen nothing is said: the example of that page shows people in place of job openings."""
    rows = reply(200, {"data": [{"id": job, "Posting_Title": "x"} for job in jobs]}) if jobs else reply(204)
    ats = Scripted({**ZOHO.adopt, "find associated": rows})
    flow = ZOHO.adapter().find(ZOHO.delivery(), "associate")
    if seen:
        assert await ask(flow, ats.send) == {}
    else:
        with pytest.raises(Unknown, match="not among those shown"):
            await ask(flow, ats.send)
    look = ats.calls[-1]
    sent = ZOHO.adapter().auth().headers(look, Session(token="t"), NOW)
    check_call(described(DOCUMENTS["zohorecruit"], look), look, {**look.headers, **sent})


# --- the log-in ---


@pytest.mark.parametrize(
    ("base", "token_url"),
    [
        (None, "https://accounts.zoho.com/oauth/v2/token"),
        ("https://recruit.zoho.eu/recruit/v2", "https://accounts.zoho.eu/oauth/v2/token"),
        ("https://recruit.zoho.com.au/recruit/v2/", "https://accounts.zoho.com.au/oauth/v2/token"),
        ("https://recruit.zohocloud.ca/recruit/v2", "https://accounts.zohocloud.ca/oauth/v2/token"),
        ("https://recruit.zoho-mock.example/recruit/v2", "https://recruit.zoho-mock.example/recruit/v2/oauth/v2/token"),
        (
            "http://127.0.0.1:8900/zohorecruit/acme/recruit/v2",
            "http://127.0.0.1:8900/zohorecruit/acme/recruit/v2/oauth/v2/token",
        ),
    ],
)
def test_the_accounts_server_is_of_the_same_data_centre(base: str | None, token_url: str) -> None:
    auth = build("zohorecruit", ZOHO.credentials, base).auth()
    assert isinstance(auth, OAuth)
    assert auth.token_url == token_url
    call = Call(step="s", method="GET", path="/x", read=lambda _reply: {})
    assert auth.headers(call, Session(token="t"), NOW) == {"Authorization": "Zoho-oauthtoken t"}


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (reply(200, {"error": "invalid_code"}), Unauthorized),
        (reply(200, {"error": "invalid_client"}), Unauthorized),
        (reply(400, {"error": "Access Denied", "error_description": "too many requests"}), Transient),
    ],
)
async def test_a38_a_grant_refused_with_200_pauses_and_one_asked_for_too_often_waits(
    answer: Reply, means: type[Exception]
) -> None:
    async def send(call: Call) -> Reply:
        return Reply(status=answer.status, body=answer.body, step=call.step)

    with pytest.raises(means) as caught:
        await Sessions(ZOHO.adapter().auth(), MemoryTokens(), lambda: NOW).current(send)
    assert not isinstance(caught.value, Transient) or caught.value.retry_after_s == 600.0
