"""Replies in a form that is legal and that no example shows: however odd, a delivery ends in a meaning of ours."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.base import Call, Reply
from adapters.driver import drive
from schemas.delivery import Receipt
from schemas.errors import JobClosed
from tests.contract.adapter_case import MemoryJournal, Script, Scripted, reply
from tests.contract.test_adapters import CASES


async def created(vendor: str, script: Script) -> tuple[Receipt, list[Call]]:
    scripted = Scripted(script)
    receipt = await drive(CASES[vendor].adapter(), CASES[vendor].delivery(), scripted.send, MemoryJournal())
    return receipt, scripted.calls


@pytest.mark.parametrize("vendor", ["bamboohr", "bullhorn", "lever"])
async def test_a_refusal_nested_as_deep_as_json_goes_is_still_a_refusal(vendor: str) -> None:
    deep = Reply(status=422, body=b'{"errors":' * 1000 + b'"the job is no longer open"' + b"}" * 1000)
    step = next(step for step in CASES[vendor].create if step.startswith("create"))
    with pytest.raises(JobClosed):
        await created(vendor, {**CASES[vendor].create, step: deep})


# --- pages ---


@pytest.mark.parametrize(
    "link",
    [
        '<https://harvest.greenhouse.io/v3/x?cursor=c2>; rel="next"',
        "<https://harvest.greenhouse.io/v3/x?cursor=c2>;rel=next",
        '<https://harvest.greenhouse.io/v3/x?ids=1,2&cursor=c2>; title="a, b"; rel="next last"',
        '</v3/x?cursor=c1>; rel="prev first", </v3/x?cursor=c2>; REL="Next"',
    ],
)
async def test_greenhouse_the_next_page_is_found_in_any_link_header(link: str) -> None:
    """RFC 8288: an address may hold commas, a relation may be one of several and stand without quotes."""
    case = CASES["greenhouse"]
    found = case.adopt["find candidate"]
    script = {**case.adopt, "find candidate": Reply(status=200, headers={"link": link}, body=b"[]")}
    receipt, calls = await created("greenhouse", {**script, "find candidate, page 2": found})
    assert receipt == case.adopted
    assert [dict(call.query) for call in calls if call.step == "find candidate, page 2"] == [{"cursor": "c2"}]


@pytest.mark.parametrize("link", ["", "</x?cursor=c1>; rel=prev", '<http://[string?cursor=c>; rel="next"', "next"])
async def test_greenhouse_a_link_that_leads_nowhere_is_the_last(link: str) -> None:
    case = CASES["greenhouse"]
    page = replace(case.create["find candidate"], headers={"link": link})
    receipt, _ = await created("greenhouse", {**case.create, "find candidate": page})
    assert receipt == case.receipt


@pytest.mark.parametrize("following", ["http://[string", "string", "https://acme.workable.com/spi/v3/candidates"])
async def test_workable_a_next_page_without_an_address_is_none(following: str) -> None:
    case = CASES["workable"]
    page = reply(200, {"candidates": [], "paging": {"next": following}})
    receipt, _ = await created("workable", {**case.create, "find candidate": page})
    assert receipt == case.receipt


@pytest.mark.parametrize("following", ["http://[string", "string", "https://api.teamtailor.com/v1/x?page[size]=30"])
async def test_teamtailor_a_next_page_without_a_number_is_none(following: str) -> None:
    case = CASES["teamtailor"]
    page = reply(200, {"data": [], "links": {"next": following}})
    _, calls = await created("teamtailor", {**case.create, **case.adopt, "find application": page})
    assert "create application" in {call.step for call in calls}


async def test_r11_smartrecruiters_sources_are_read_however_short_the_pages() -> None:
    case = CASES["smartrecruiters"]

    def page(number: int, label: str) -> Reply:
        return reply(
            200, {"content": [{"id": f"s-{number}", "label": label}], "totalFound": 2, "limit": 1, "offset": 0}
        )

    step = "list sources of CUSTOM"
    script = {**case.create, step: page(1, "LinkedIn"), f"{step}, page 2": page(2, "FactoryFix")}
    receipt, calls = await created("smartrecruiters", script)
    assert receipt == case.receipt
    assert [dict(call.query)["offset"] for call in calls if call.step.startswith(step)] == ["0", "1"]


async def test_r09_workable_an_author_on_a_later_page_is_found() -> None:
    case = CASES["workable"]
    step, following = "find author", "https://acme.workable.com/spi/v3/members?limit=1&since_id=m0"
    script = {
        **case.adopt,
        step: reply(200, {"members": [{"id": "m0", "role": "simple"}], "paging": {"next": following}}),
        f"{step}, page 2": reply(200, {"members": [{"id": "m1", "role": "admin"}]}),
    }
    adapter = replace(case.adapter(), member_id="")  # type: ignore[type-var]
    receipt = await drive(adapter, case.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt == case.adopted


# --- what may be missing ---


@pytest.mark.parametrize("attributes", [{}, {"status": None}, None])
async def test_teamtailor_a_job_that_tells_no_status_takes_the_candidate(attributes: object) -> None:
    case = CASES["teamtailor"]
    job = reply(200, {"data": {"id": "77", "type": "jobs", "attributes": attributes}})
    receipt, _ = await created("teamtailor", {**case.create, "see job": job})
    assert receipt == case.receipt


@pytest.mark.parametrize("candidate", [{}, {"candidate": None}])
async def test_merge_an_application_that_does_not_say_whose_it_is_is_of_whom_it_was_made_for(
    candidate: dict[str, object],
) -> None:
    """Every field of Merge's models may be null, and the application has landed."""
    case = CASES["merge"]
    (known,) = json.loads(case.adopt["find candidate again"].body)["results"][1:]
    there = {"next": None, "previous": None, "results": [known]}
    made = {"model": {"id": "a1", "source": "FactoryFix", **candidate}, "warnings": [], "errors": []}
    script = {**case.adopt, "find candidate": reply(200, there), "create application": reply(201, made)}
    receipt, _ = await created("merge", script)
    assert (receipt.candidate_id, receipt.application_id) == ("c1", "a1")
