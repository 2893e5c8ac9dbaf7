"""Bullhorn: the data centre of an account, several profiles of one person, what a query shows of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.base import Call, Reply
from adapters.driver import ask, drive
from adapters.sessions import MemoryTokens, Sessions
from schemas.errors import JobClosed, Unauthorized
from tests.contract.adapter_case import KEY, MemoryJournal, Scripted, reply
from tests.contract.test_adapters import CASES

CASE = CASES["bullhorn"]
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_SESSION = reply(200, {"BhRestToken": "b", "restUrl": "https://rest45.bullhornstaffing.com/rest-services/e999/"})
_GRANT = reply(200, {"access_token": "a", "refresh_token": "r2", "expires_in": 600})
_EMEA = "https://auth-emea.bullhornstaffing.com/oauth/token"
_TWINS = [{"id": 500, "email": "augusta@example.com"}, {"id": 501, "email3": "augusta@example.com"}]
_ON_JOB = {"id": 601, "candidate": {"id": 501}, "jobOrder": {"id": 77}}


async def logged_in(**answers: list[Reply]) -> list[Call]:
    made: list[Call] = []

    async def send(call: Call) -> Reply:
        made.append(call)
        answer = answers[call.step.replace(" ", "_")].pop(0)
        return Reply(status=answer.status, headers=answer.headers, body=answer.body, step=call.step)

    session = await Sessions(CASE.adapter().auth(), MemoryTokens(), lambda: AT).current(send)
    assert session is not None
    assert (session.token, session.refresh_token) == ("b", "r2")
    return made


async def test_a_307_to_the_data_centre_of_the_account_is_followed() -> None:
    there = "https://rest45.bullhornstaffing.com/rest-services/login?version=*&access_token=a"
    made = await logged_in(
        log_in=[reply(307, None, Location=_EMEA), _GRANT], open_session=[reply(307, None, Location=there), _SESSION]
    )
    assert [call.path for call in made][1::2] == [_EMEA, there]
    assert made[0].body == made[1].body
    assert {call.method for call in made} == {"POST"}


@pytest.mark.parametrize(
    "where",
    [
        "https://bullhornstaffing.com.evil.example/oauth/token",
        "https://evil.example/.bullhornstaffing.com",
        "http://auth.bullhornstaffing.com/oauth/token",
        "/oauth/token",
        "",
    ],
)
async def test_our_credentials_go_to_nobody_else(where: str) -> None:
    with pytest.raises(Unauthorized):
        await logged_in(log_in=[reply(307, None, Location=where)])


async def test_a_307_without_end_is_not_followed() -> None:
    with pytest.raises(Unauthorized):
        await logged_in(log_in=[reply(307, None, Location=_EMEA), reply(307, None, Location=_EMEA)])


async def test_a14_a_submission_of_another_profile_of_theirs_is_adopted() -> None:
    people = reply(200, {"data": _TWINS})
    script = {**CASE.adopt, "find candidate": people, "find submission": reply(200, {"data": [_ON_JOB]})}
    ats = Scripted(script)
    receipt = await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
    assert (receipt.candidate_id, receipt.application_id) == ("501", "601")
    asked = dict(next(call for call in ats.calls if call.step == "find submission").query)["where"]
    assert asked.startswith("candidate.id IN (500,501) AND ")
    assert next(call for call in ats.calls if call.step == "attach profile").path == "/file/Candidate/501"


async def test_a40_the_file_is_looked_for_where_it_was_put() -> None:
    look = Scripted(
        {
            **CASE.looks["attach profile"].found,
            "find candidate": reply(200, {"data": _TWINS}),
            "find submission": reply(200, {"data": [_ON_JOB]}),
        }
    )
    assert await ask(CASE.adapter().find(CASE.delivery(), "attach profile"), look.send)
    assert look.calls[-1].path == "/entity/Candidate/501/fileAttachments"


async def test_a14_an_address_the_employer_calls_confidential_is_as_it_was_asked_for() -> None:
    hidden = {"id": 501, "email": "**CONFIDENTIAL**", "email2": None, "email3": "**CONFIDENTIAL**"}
    script = {**CASE.adopt, "find candidate": reply(200, {"data": [hidden]})}
    assert await drive(CASE.adapter(), CASE.delivery(), Scripted(script).send, MemoryJournal()) == CASE.adopted


@pytest.mark.parametrize("shape", [{"isOpen": False}, {"data": {"isOpen": False}}, {"data": {"isDeleted": True}}])
async def test_a37_a_closed_job_is_seen_in_its_envelope_and_without(shape: object) -> None:
    script = Scripted({**CASE.create, "see job": reply(200, shape)})
    with pytest.raises(JobClosed):
        await drive(CASE.adapter(), CASE.delivery(), script.send, MemoryJournal())


async def test_r09_the_name_of_the_file_fits_and_keeps_its_key() -> None:
    ats = Scripted(CASE.create)
    await drive(CASE.adapter(), CASE.delivery(job_title="Senior CNC Machinist " * 9), ats.send, MemoryJournal())
    name = json.loads(next(call for call in ats.calls if call.step == "attach profile").body)["name"]
    assert len(name) <= 100
    assert name.startswith("FactoryFix Senior CNC Machinist ")
    assert name.endswith(f" {KEY}.pdf")


async def test_bullhorn_quotes_what_it_puts_into_a_query() -> None:
    case = CASES["bullhorn"]
    person = case.delivery().person
    hostile = type(person)(candidate_id="c", first_name="A", last_name="B", email="o'x' OR 1=1--'@example.com")
    ats = Scripted(case.create)
    await drive(case.adapter(), case.delivery(person=hostile), ats.send, MemoryJournal())
    where = dict(next(call for call in ats.calls if call.step == "find candidate").query)["where"]
    assert "email='o''x'' OR 1=1--''@example.com' OR" in where
