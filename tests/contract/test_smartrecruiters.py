"""SmartRecruiters: a source that is not taken, lists of any page, refusals by their codes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from adapters.base import Reply
from adapters.driver import ask, drive
from schemas.delivery import Receipt
from schemas.errors import Permanent
from tests.contract.adapter_case import MemoryJournal, Scripted, reply
from tests.contract.adapter_cases.smartrecruiters import refused
from tests.contract.test_adapters import CASES

CASE = CASES["smartrecruiters"]
_KNOWN = {
    **CASE.create,
    **CASE.looks["create candidate"].absent,  # the person is there, and not on this job
    "set source": reply(204),
    "find attachment": reply(200, {"content": []}),
}


async def placed(**answers: Reply) -> tuple[Receipt, Scripted]:
    script: Mapping[str, Reply] = {**_KNOWN, **{step.replace("_", " "): answer for step, answer in answers.items()}}
    ats = Scripted(script)
    return await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal()), ats


async def test_r11_a_known_person_is_said_to_come_from_us_on_this_job() -> None:
    receipt, ats = await placed()
    assert (receipt.attribution, receipt.adopted, receipt.attachment_id) == ("set", True, "f-1")
    assert next(call for call in ats.calls if call.step == "set source").method == "PUT"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_r09_a_source_that_is_not_taken_does_not_hold_the_pdf_back(status: int) -> None:
    receipt, _ = await placed(set_source=refused(status, "INVALID_SOURCE"))
    assert (receipt.attribution, receipt.attachment_id) == ("kept_existing", "f-1")


async def test_a45_a_second_profile_that_the_ats_made_is_ours_to_remove() -> None:
    receipt, ats = await placed(create_candidate=reply(201, {"id": "c-2"}))
    assert (receipt.candidate_id, receipt.adopted, receipt.attribution) == ("c-2", False, "set")
    assert "set source" not in {call.step for call in ats.calls}


async def test_a_list_of_sources_is_read_to_its_end_in_pages_of_any_size() -> None:
    def page(label: str) -> Reply:
        return reply(200, {"totalFound": 3, "limit": 1, "content": [{"id": f"id-{label}", "label": label}]})

    script = {
        **CASE.check,
        "list source types": reply(200, {"content": [{"id": "CUSTOM"}]}),
        "list sources of CUSTOM": page("LinkedIn"),
        "list sources of CUSTOM, page 2": page("Indeed"),
        "list sources of CUSTOM, page 3": page("FactoryFix"),
    }
    ats = Scripted(script)
    found = await ask(CASE.adapter().check(None), ats.send)
    assert found[1].ok
    assert [dict(call.query).get("offset") for call in ats.calls][2:] == ["0", "1", "2"]


async def test_a_list_that_ends_short_of_what_it_says_is_not_asked_for_ever() -> None:
    script = {**CASE.check, "list sources of CUSTOM": reply(200, {"totalFound": 9, "content": []})}
    found = await ask(CASE.adapter().check(None), Scripted(script).send)
    assert not found[1].ok


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_the_preflight_reports_a_job_that_is_kept_from_us(status: int) -> None:
    found = await ask(CASE.adapter().check("77"), Scripted({**CASE.check, "see job": reply(status)}).send)
    assert [finding.ok for finding in found] == [True, True, False]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refused(401, "PERMISSION_DENIED"), "not_found"),
        (refused(404, "SOURCE_TYPE_NOT_FOUND"), "invalid"),
        (refused(400, "SUBTYPE_REQUIRED"), "refused"),
    ],
)
async def test_a_refusal_is_known_by_the_code_the_vendor_documents(answer: Reply, code: str) -> None:
    with pytest.raises(Permanent) as caught:
        await placed(create_candidate=answer)
    assert caught.value.code == code
    assert caught.value.fields
    assert "Augusta" not in str(caught.value)
