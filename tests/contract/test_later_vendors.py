"""The traps of SmartRecruiters, Personio and Workable that no other vendor has."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress

import pytest

from adapters.base import AtsAdapter, Call, Reply
from adapters.driver import ask, drive
from adapters.registry import build
from schemas.delivery import Receipt
from schemas.errors import ConfigError, DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import MemoryJournal, Script, Scripted, reply
from tests.contract.test_adapters import CASES

PERSONIO, SMART, WORKABLE = CASES["personio"], CASES["smartrecruiters"], CASES["workable"]


def unpublished() -> object:
    return {"errors": [{"field": "job_position_id", "errors": [{"reason": "errors.job-position.not-published"}]}]}


ALREADY = reply(400, {"errors": [{"field": "email", "errors": [{"reason": "errors.applicant-already-exists"}]}]})


async def calls_and_receipt(adapter: AtsAdapter, vendor: str, script: Script) -> tuple[list[Call], Receipt]:
    ats = Scripted(script)
    receipt = await drive(adapter, CASES[vendor].delivery(), ats.send, MemoryJournal())
    return ats.calls, receipt


# --- Personio: it tells that somebody applied, never who nor with which file ---


async def test_r09_personio_an_applicant_of_another_way_is_told_to_a_person() -> None:
    ats = Scripted({**PERSONIO.create, "create application": ALREADY})
    with pytest.raises(Permanent) as caught:
        await drive(PERSONIO.adapter(), PERSONIO.delivery(), ats.send, MemoryJournal())
    assert caught.value.code == "already_applied"


async def test_a40_personio_what_landed_unheard_is_ours_when_the_repeat_says_so() -> None:
    journal = MemoryJournal()
    crashed = Scripted(PERSONIO.create, {"create application": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        await drive(PERSONIO.adapter(), PERSONIO.delivery(), crashed.send, journal)
    resumed = Scripted({**PERSONIO.create, "create application": ALREADY})
    assert await drive(PERSONIO.adapter(), PERSONIO.delivery(), resumed.send, journal) == PERSONIO.receipt
    assert resumed.calls == crashed.calls


async def test_r09_personio_names_a_file_that_is_there_now_however_long_the_first_attempt_is_ago() -> None:
    journal, uuids = MemoryJournal(), []
    for number, answer in ((1, reply(400, unpublished())), (2, reply(201))):
        uuid = f"66121e48-2a2d-4158-a21d-f36c3453df1{number}"
        ats = Scripted({"upload profile": reply(200, {"uuid": uuid}), "create application": answer})
        with suppress(JobClosed):
            await drive(PERSONIO.adapter(), PERSONIO.delivery(), ats.send, journal)
        uuids += [(uuid, json.loads(ats.calls[-1].body)["files"][0]["uuid"])]
    assert all(uploaded == named for uploaded, named in uuids)
    assert len(set(uuids)) == 2


async def test_r11_personio_a_channel_that_is_gone_is_told_as_such() -> None:
    gone = {"field": "recruiting_channel_id", "errors": [{"reason": "errors.posting-validation.channel-not-found"}]}
    with pytest.raises(Permanent) as caught:
        await calls_and_receipt(
            PERSONIO.adapter(), "personio", {**PERSONIO.create, "create application": reply(400, {"errors": [gone]})}
        )
    assert (caught.value.code, caught.value.fields) == ("unknown_source", ("recruiting_channel_id",))


def test_personio_two_calls_of_twenty_a_minute_are_not_exceeded() -> None:
    """20 a minute to each of its two calls, of which a delivery makes one each."""
    facts = PERSONIO.adapter().facts
    assert facts.burst + 60 * facts.rate_per_s <= 2 * 20


@pytest.mark.parametrize(("refusal", "means"), [(reply(429), Transient), (reply(401), Unauthorized)])
async def test_a40_personio_a_refused_repeat_leaves_the_first_request_open(
    refusal: Reply, means: type[DeliveryError]
) -> None:
    journal = MemoryJournal()
    for answer, raised in ((reply(502), Unknown), (refusal, means)):
        ats = Scripted(PERSONIO.create, {"create application": answer})
        with pytest.raises(raised):
            await drive(PERSONIO.adapter(), PERSONIO.delivery(), ats.send, journal)
    resumed = Scripted({**PERSONIO.create, "create application": ALREADY})
    assert await drive(PERSONIO.adapter(), PERSONIO.delivery(), resumed.send, journal) == PERSONIO.receipt


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_personio_only_201_says_that_it_was_created(status: int) -> None:
    ats = Scripted({**PERSONIO.create, "create application": reply(status)})
    with pytest.raises(Unknown):
        await drive(PERSONIO.adapter(), PERSONIO.delivery(), ats.send, MemoryJournal())


async def test_personio_without_a_channel_says_so() -> None:
    adapter = build("personio", {"token": "t", "company_id": "1"})
    calls, receipt = await calls_and_receipt(adapter, "personio", PERSONIO.create)
    assert receipt.attribution == "unsupported"
    assert json.loads(calls[-1].body)["tags"] == ["FactoryFix"]
    assert "recruiting_channel_id" not in json.loads(calls[-1].body)


def test_personio_a_channel_is_a_number() -> None:
    with pytest.raises(ConfigError):
        build("personio", {**PERSONIO.credentials, "recruiting_channel_id": "FactoryFix"})


async def test_personio_a_position_that_is_no_number_is_refused_before_any_call() -> None:
    ats = Scripted({})
    with pytest.raises(Permanent) as caught:
        await drive(PERSONIO.adapter(), PERSONIO.delivery(ats_job_id="x1"), ats.send, MemoryJournal())
    assert caught.value.code == "bad_job_id"
    assert ats.calls == []


# --- SmartRecruiters: a person once, an assignment per job ---


ELSEWHERE = reply(
    200, {"content": [{"id": "c-1", "email": "augusta@example.com", "primaryAssignment": {"job": {"id": "70"}}}]}
)


async def test_r11_r14_smartrecruiters_a_known_person_gets_a_second_application_with_our_source() -> None:
    files = SMART.update["find attachment"]
    script = {**SMART.create, "find candidate": ELSEWHERE, "find attachment": files, "set source": reply(204)}
    calls, receipt = await calls_and_receipt(SMART.adapter(), "smartrecruiters", script)
    put = next(call for call in calls if call.step == "set source")
    assert (put.method, put.path) == ("PUT", "/candidates/c-1/jobs/77/source")
    assert json.loads(put.body) == {"sourceTypeId": "CUSTOM", "sourceId": "s-2"}
    assert receipt == dataclasses.replace(SMART.receipt, adopted=True)


async def test_smartrecruiters_a_configured_source_is_not_looked_up() -> None:
    ids = {"source_type_id": "CUSTOM", "source_sub_type_id": "sub", "source_id": "s-9"}
    calls, _ = await calls_and_receipt(
        build("smartrecruiters", {"api_key": "k", **ids}), "smartrecruiters", SMART.create
    )
    assert not [call for call in calls if "source" in call.step]
    body = json.loads(next(call for call in calls if call.step == "create candidate").body)
    assert body["sourceDetails"] == {"sourceTypeId": "CUSTOM", "sourceId": "s-9", "sourceSubTypeId": "sub"}


def test_smartrecruiters_half_a_source_is_refused() -> None:
    with pytest.raises(ConfigError):
        build("smartrecruiters", {"api_key": "k", "source_id": "s-9"})


async def test_r11_smartrecruiters_without_our_source_none_is_claimed() -> None:
    script = {**SMART.create, "list sources of CUSTOM": reply(200, {"content": []})}
    calls, receipt = await calls_and_receipt(SMART.adapter(), "smartrecruiters", script)
    assert receipt.attribution == "unsupported"
    assert not any(b"sourceDetails" in call.body for call in calls)
    findings = await ask(SMART.adapter().check(None), Scripted({**SMART.check, **script}).send)
    assert not all(finding.ok for finding in findings)


async def test_smartrecruiters_the_next_page_is_asked_by_its_id() -> None:
    calls, _ = await calls_and_receipt(SMART.adapter(), "smartrecruiters", SMART.adopt)
    first, second = (dict(call.query) for call in calls if call.step.startswith("find candidate"))
    assert "pageId" not in first
    assert second == {**first, "pageId": "p2"}


async def test_smartrecruiters_a_search_without_end_is_not_taken_for_absence() -> None:
    pages = {f"find candidate, page {n}": reply(200, {"content": [], "nextPageId": f"p{n}"}) for n in range(2, 12)}
    first = {"find candidate": reply(200, {"content": [], "nextPageId": "p1"})}
    ats = Scripted({**SMART.create, **first, **pages})
    with pytest.raises(Unknown):
        await drive(SMART.adapter(), SMART.delivery(), ats.send, MemoryJournal())
    assert "create candidate" not in {call.step for call in ats.calls}


async def test_smartrecruiters_a_page_that_names_itself_is_the_last() -> None:
    """A mock made from the vendor's document gives the same example for every page."""
    same = reply(200, {"content": [], "nextPageId": "string"})
    script = {**SMART.create, "find candidate": same, "find candidate, page 2": same}
    _, receipt = await calls_and_receipt(SMART.adapter(), "smartrecruiters", script)
    assert receipt == SMART.receipt


# --- Workable: no file without an author, no mail to the candidate ---


def workable(**more: str) -> AtsAdapter:
    return build("workable", {"access_token": "t", **more}, WORKABLE.base_url)


MEMBERS = reply(
    200,
    {
        "members": [
            {"id": "m0", "role": "simple", "active": True},
            {"id": "m1", "role": "admin", "active": False},
            {"id": "m2", "role": "admin", "active": True},
        ]
    },
)


async def test_workable_comments_as_the_first_active_admin_where_none_is_configured() -> None:
    calls, receipt = await calls_and_receipt(workable(), "workable", {**WORKABLE.adopt, "find author": MEMBERS})
    assert json.loads(calls[-1].body)["member_id"] == "m2"
    assert receipt == WORKABLE.adopted


@pytest.mark.parametrize("members", [reply(200, {"members": []}), reply(403)])
async def test_r09_workable_without_an_author_a_person_must_act(members: Reply) -> None:
    ats = Scripted({**WORKABLE.adopt, "find author": members})
    with pytest.raises(Permanent) as caught:
        await drive(workable(), WORKABLE.delivery(), ats.send, MemoryJournal())
    assert caught.value.code == "no_member"
    findings = await ask(workable().check(None), Scripted({**WORKABLE.check, "see members": members}).send)
    assert not all(finding.ok for finding in findings)


async def test_a49_workable_never_lets_the_candidate_be_mailed() -> None:
    calls, _ = await calls_and_receipt(workable(), "workable", WORKABLE.create)
    assert json.loads(calls[-1].body)["sourced"] is True


async def test_workable_the_next_page_is_asked_of_the_same_host() -> None:
    elsewhere = {"candidates": [], "paging": {"next": "https://evil.example/steal?since_id=9&limit=1"}}
    script = {**WORKABLE.create, "find candidate": reply(200, elsewhere)}
    script["find candidate, page 2"] = reply(200, {"candidates": []})
    calls, _ = await calls_and_receipt(workable(), "workable", script)
    second = next(call for call in calls if call.step == "find candidate, page 2")
    assert (second.path, second.query) == ("/candidates", (("since_id", "9"), ("limit", "1")))


async def test_a14_workable_a_comment_that_is_there_is_not_written_twice() -> None:
    told = WORKABLE.looks["attach profile"].found
    calls, receipt = await calls_and_receipt(workable(), "workable", {**WORKABLE.adopt, **told})
    assert [call.method for call in calls] == ["GET"] * len(calls)
    assert receipt == WORKABLE.adopted


async def test_workable_a_page_that_names_itself_is_the_last() -> None:
    """A mock made from the vendor's document gives the same example for every page."""
    same = reply(200, {"candidates": [], "paging": {"next": "https://acme.workable.com/spi/v3/candidates?since_id=2"}})
    script = {**WORKABLE.create, "find candidate": same, "find candidate, page 2": same}
    _, receipt = await calls_and_receipt(workable(), "workable", script)
    assert receipt == WORKABLE.receipt


async def test_workable_a_list_without_end_is_not_taken_for_absence() -> None:
    pages = {
        step: reply(200, {"candidates": [], "paging": {"next": f"https://acme.workable.com/c?since_id={n}"}})
        for n, step in enumerate(["find candidate", *(f"find candidate, page {n}" for n in range(2, 12))])
    }
    with pytest.raises(Unknown):
        await drive(workable(), WORKABLE.delivery(), Scripted({**WORKABLE.create, **pages}).send, MemoryJournal())
