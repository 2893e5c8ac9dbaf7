"""The traps of BambooHR that no other vendor has."""

from __future__ import annotations

import pytest

from adapters.base import Reply
from adapters.driver import ask, drive
from schemas.errors import JobClosed, Permanent, Transient, Unknown
from tests.contract.adapter_case import MemoryJournal, Script, Scripted, reply
from tests.contract.adapter_cases.bamboohr import page
from tests.contract.test_adapters import CASES

CASE = CASES["bamboohr"]
RECORDED = {  # NangoHQ/integration-templates, integrations/bamboohr-basic, 2026-05-29, with another name
    "id": 61,
    "appliedDate": "2026-05-29T14:15:03+00:00",
    "status": {"id": 1, "label": "New"},
    "rating": None,
    "applicant": {"id": 118, "firstName": "A", "lastName": "L", "avatar": None, "source": None}
    | {"email": "augusta@example.com"},
    "job": {"id": 77, "title": {"id": None, "label": "Financial Analyst"}},
}


async def created(script: Script) -> Scripted:
    ats = Scripted({**CASE.create, **script})
    await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
    return ats


def job(label: object) -> Script:
    return {"see job": reply(200, [{"id": 77, "status": {"id": 1, "label": label}}])}


async def test_what_the_create_and_the_look_name_is_the_same_application() -> None:
    made = reply(200, {"result": "success", "candidateId": 61})
    receipt = await drive(
        CASE.adapter(), CASE.delivery(), Scripted({**CASE.create, "create application": made}).send, MemoryJournal()
    )
    looks = Scripted({"find application": reply(200, page(RECORDED))})
    found = await ask(CASE.adapter().find(CASE.delivery(), "create application"), looks.send)
    assert found == {"application_id": "61", "candidate_id": "118"}
    assert (receipt.application_id, receipt.candidate_id) == ("61", None)


async def test_a40_whom_the_search_does_not_show_is_looked_for_among_all_of_the_job() -> None:
    looks = Scripted({"find application": reply(200, page()), "look through applications": reply(200, page(RECORDED))})
    assert await ask(CASE.adapter().find(CASE.delivery(), "create application"), looks.send)
    asked = [dict(call.query) for call in looks.calls]
    assert [query.get("searchString") for query in asked] == ["augusta@example.com", None]
    assert all((query["applicationStatus"], query["jobStatusGroups"]) == ("ALL", "ALL") for query in asked)


@pytest.mark.parametrize("retry_after", [{}, {"Retry_After": "40"}])
async def test_a_throttled_create_is_tried_again_and_an_unavailable_one_looked_up(retry_after: dict[str, str]) -> None:
    for status, means in ((429, Transient), (503, Unknown)):
        with pytest.raises(means):
            await created({"create application": reply(status, None, **retry_after)})


@pytest.mark.parametrize("label", ["Open", "Draft", "Abierto", "string", None])
async def test_a37_a_status_we_do_not_know_is_left_to_the_vendor(label: object) -> None:
    assert [call.step for call in (await created(job(label))).calls][-1] == "create application"
    script = {**CASE.check, **job(label)}
    assert all(finding.ok for finding in await ask(CASE.adapter().check("77"), Scripted(script).send))


@pytest.mark.parametrize("label", ["Filled", "On Hold", "Canceled", "Deleted"])
async def test_a37_the_documented_closed_ones_are_closed(label: str) -> None:
    with pytest.raises(JobClosed):
        await created(job(label))
    script = {**CASE.check, **job(label)}
    assert not all(finding.ok for finding in await ask(CASE.adapter().check("77"), Scripted(script).send))


async def test_a_refusal_without_a_body_says_what_may_be_asked_for() -> None:
    reason = {"X_BambooHR_Error_Message": "Augusta Lovelace is missing a field"}
    with pytest.raises(Permanent) as caught:
        await created({"create application": reply(422, None, **reason)})
    assert caught.value.code == "invalid"
    assert "may ask for more" in str(caught.value)
    assert "Augusta" not in str(caught.value)


@pytest.mark.parametrize("more", [{"paginationComplete": False}, {"nextPageUrl": "https://x.example/?page=2"}])
async def test_a_mock_that_shows_one_page_for_ever_ends_the_look(more: dict[str, object]) -> None:
    stranger = {"id": 1, "applicant": {"id": 2, "email": "g@example.com"}, "job": {"id": 77}}
    same = reply(200, {"applications": [stranger], **more})
    ats = await created({"find application": same, "find application, page 2": same})
    assert len([call for call in ats.calls if call.step.startswith("find application")]) == 2


async def test_pages_without_end_prove_nothing() -> None:
    def one(number: int) -> Reply:
        return reply(200, page({"id": number, "applicant": {}, "job": {}}, complete=False))

    endless = {f"find application, page {number}": one(number) for number in range(2, 99)}
    with pytest.raises(Unknown):
        await created({"find application": one(1), **endless})
