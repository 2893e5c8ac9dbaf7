"""Ashby: several profiles of one person, applications that are not shown, upload addresses of any shape."""

from __future__ import annotations

import json

import pytest

from adapters.driver import ask, drive
from schemas.errors import Permanent, Transient, Unknown
from tests.contract.adapter_case import MemoryJournal, Scripted, reply
from tests.contract.adapter_cases.ashby import ok, refused
from tests.contract.test_adapters import CASES

CASE = CASES["ashby"]
_EMAIL = {"primaryEmailAddress": {"value": "augusta@example.com"}}
_TWINS = [{"id": "c0", **_EMAIL, "applicationIds": ["a0"]}, {"id": "c1", **_EMAIL, "applicationIds": ["a1"]}]
_ADOPT = {
    **CASE.adopt,
    "find candidate": reply(200, ok(_TWINS)),
    "see application 2": reply(200, ok({"id": "a1", "job": {"id": "77"}, "candidate": {"id": "c1"}})),
}
_HAS_FILE = CASE.looks["attach profile"].found["find file"]


async def test_r09_the_pdf_goes_to_the_profile_that_applied() -> None:
    ats = Scripted(_ADOPT)
    receipt = await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
    assert (receipt.candidate_id, receipt.application_id) == ("c1", "a1")
    for step in ("find file", "attach profile"):
        assert b'"c1"' in next(call for call in ats.calls if call.step == step).body


async def test_a40_the_file_is_looked_for_where_it_was_put() -> None:
    look = Scripted({**CASE.looks["attach profile"].found, **_ADOPT, "find file": _HAS_FILE})
    assert await ask(CASE.adapter().find(CASE.delivery(), "attach profile"), look.send)
    assert b'"c1"' in next(call for call in look.calls if call.step == "find file").body


async def test_an_application_on_a_confidential_job_does_not_stop_another() -> None:
    hidden = reply(200, refused("application_not_found"))
    script = {**CASE.adopt, "see application 1": hidden}
    receipt = await drive(CASE.adapter(), CASE.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt == CASE.adopted


async def test_another_refusal_of_an_application_is_one() -> None:
    script = Scripted({**CASE.adopt, "see application 1": reply(200, refused("invalid_input"))})
    with pytest.raises(Permanent):
        await drive(CASE.adapter(), CASE.delivery(), script.send, MemoryJournal())


@pytest.mark.parametrize("results", [None, {}, "none", 0])
async def test_a_search_without_a_list_is_not_nobody(results: object) -> None:
    script = Scripted({**CASE.create, "find candidate": reply(200, {"success": True, "results": results})})
    with pytest.raises(Unknown):
        await drive(CASE.adapter(), CASE.delivery(), script.send, MemoryJournal())


async def test_more_applications_than_are_looked_at_are_not_taken_for_none() -> None:
    person = {"id": "c1", **_EMAIL, "applicationIds": [f"a{number}" for number in range(51)]}
    script = Scripted({**CASE.create, "find candidate": reply(200, ok([person]))})
    with pytest.raises(Unknown):
        await drive(CASE.adapter(), CASE.delivery(), script.send, MemoryJournal())


@pytest.mark.parametrize("fields", [3, "x", ["a"], True])
async def test_an_upload_address_without_its_fields_is_asked_for_again(fields: object) -> None:
    handle = reply(200, ok({"handle": "h", "url": "https://store.example/u", "fields": fields}))
    script = Scripted({**CASE.create, "get upload handle": handle})
    with pytest.raises(Transient):
        await drive(CASE.adapter(), CASE.delivery(), script.send, MemoryJournal())


async def test_the_list_of_sources_is_asked_for_as_it_is_documented() -> None:
    ats = Scripted(CASE.create)
    await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
    asked = [json.loads(call.body) for call in ats.calls if call.step.startswith("find source")]
    assert asked == [{}, {"cursor": "n"}]
