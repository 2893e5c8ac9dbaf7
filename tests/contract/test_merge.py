"""What only Merge does: errors inside a success, a stage that some ATS want, a copy of the ATS that lags."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.base import Call, Finding
from adapters.driver import ask, drive
from adapters.sandbox import Plan, Rules, Sandbox, SandboxSettings
from adapters.transport import Transport
from schemas.delivery import Receipt
from schemas.errors import Permanent, Unknown
from tests.contract.adapter_case import KEY, MemoryJournal, Script, Scripted, reply
from tests.contract.adapter_cases.merge import CASE, made, page, problem, refused
from tests.contract.pdf_links import ELSEWHERE, NOT_THERE, TOO_LATE, link_that_fails
from tests.contract.test_adapters_over_http import Bench

NEW = {"id": "a2", "candidate": "c1", "job": CASE.ats_job_id, "source": "FactoryFix"}
WANTS_STAGE = reply(400, refused("MISSING_REQUIRED_FIELD", "current_stage"))
THERE = reply(201, refused("MODEL_WITH_DUPLICATE_UNIQUE_FIELD_EXISTS"))
NOBODY = {"find candidate again": reply(200, page())}
PERSON = {"id": "c1", "email_addresses": [{"value": "augusta@example.com"}], "applications": ["a0"]}


async def created(script: Script) -> tuple[Receipt, list[Call]]:
    ats = Scripted({**CASE.create, **script})
    receipt = await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
    return receipt, ats.calls


def model_of(call: Call) -> dict[str, object]:
    model: dict[str, object] = json.loads(call.body)["model"]
    return model


# --- a stage ---


@pytest.mark.parametrize(
    ("stages", "first"),
    [
        ([{"id": "s9", "stage_order": None}, {"id": "s5", "stage_order": 5}, {"id": "s0", "stage_order": 0}], "s0"),
        ([{"id": "s9", "stage_order": None}, {"id": "s8", "stage_order": None}], "s9"),
    ],
)
async def test_where_a_stage_is_wanted_it_is_the_first_of_the_job(stages: list[object], first: str) -> None:
    script = {"find first stage": reply(200, page(*stages)), "create application in a stage": reply(201, made(NEW))}
    receipt, calls = await created({"create application": WANTS_STAGE, **script})
    assert receipt.application_id == "a2"
    asked, again = (call for call in calls if call.step in script)
    assert dict(asked.query) == {"job_id": CASE.ats_job_id}
    assert model_of(again)["current_stage"] == first


async def test_where_no_stage_is_wanted_none_is_named() -> None:
    _, calls = await created({})
    assert not [call for call in calls if b"current_stage" in call.body or "stage" in call.path]


async def test_a_job_without_stages_ends_with_a_person_who_is_told_the_field() -> None:
    script = {"find first stage": reply(200, page()), "create application in a stage": WANTS_STAGE}
    with pytest.raises(Permanent) as caught:
        await created({"create application": WANTS_STAGE, **script})
    assert (caught.value.code, caught.value.fields) == ("invalid", ("current_stage",))


async def test_another_missing_field_is_no_reason_to_try_a_stage() -> None:
    both = {"errors": [problem("MISSING_REQUIRED_FIELD", "current_stage"), problem("MISSING_REQUIRED_FIELD", "urls")]}
    with pytest.raises(Permanent) as caught:
        await created({"create application": reply(400, both)})
    assert caught.value.fields == ("current_stage", "urls")


# --- who is there already ---


async def test_a41_who_is_said_to_be_there_and_is_on_the_job_is_adopted() -> None:
    person = {**PERSON, "applications": [NEW]}
    script = {"create application": THERE, "find candidate again": reply(200, page(person)), **CASE.update}
    receipt, calls = await created(script)
    assert (receipt.application_id, receipt.adopted, receipt.attribution) == ("a2", True, "kept_existing")
    assert len([call for call in calls if call.path == "/applications"]) == 1


async def test_a41_who_is_said_to_be_there_is_applied_by_their_id() -> None:
    script = {
        "create application": THERE,
        "find candidate again": reply(200, page(PERSON)),
        "create application of the candidate found": reply(201, made(NEW)),
        **CASE.update,
    }
    receipt, calls = await created(script)
    assert (receipt.application_id, receipt.adopted, receipt.attribution) == ("a2", True, "set")
    (again,) = (call for call in calls if call.step == "create application of the candidate found")
    assert model_of(again)["candidate"] == "c1"


async def test_a41_who_is_said_to_be_there_and_is_not_seen_is_unknown() -> None:
    with pytest.raises(Unknown):
        await created({"create application": THERE, **NOBODY})


async def test_a41_who_is_known_and_refused_by_their_id_too_is_unknown() -> None:
    script = {"find candidate": reply(200, page(PERSON)), "find candidate again": reply(200, page(PERSON))}
    with pytest.raises(Unknown):
        await created({**script, "create application": THERE, "create application of the candidate found": THERE})


async def test_a41_a_person_who_is_known_keeps_their_data() -> None:
    _, calls = await created({"find candidate": reply(200, page(PERSON)), **CASE.update})
    (applied,) = (call for call in calls if call.step == "create application")
    assert model_of(applied)["candidate"] == "c1"
    assert not any(word in applied.body for word in (b"Augusta", b"Lovelace", b"2125550123"))


# --- what was ignored ---


async def test_r11_a_source_the_ats_has_no_place_for_is_said() -> None:
    receipt, _ = await created({"create application": reply(201, made({**NEW, "source": None}, "source"))})
    assert receipt.attribution == "unsupported"


async def test_r11_a_source_that_is_not_told_back_is_unverified() -> None:
    receipt, _ = await created({"create application": reply(201, made({**NEW, "source": None}))})
    assert receipt.attribution == "unverified"


async def test_an_application_without_its_candidate_is_no_success() -> None:
    with pytest.raises(Unknown):
        await created({"create application": reply(201, made({**NEW, "candidate": None}))})


# --- files ---


async def test_a_newer_pdf_is_no_resume() -> None:
    _, calls = await created({})
    ats = Scripted(CASE.update)
    await drive(CASE.adapter(), CASE.delivery("update"), ats.send, MemoryJournal())
    assert [model_of(made[-1])["attachment_type"] for made in (calls, ats.calls)] == ["RESUME", "OTHER"]


async def test_a14_a_file_on_a_later_page_is_not_attached_again() -> None:
    later = {"id": "f7", "file_name": f"FactoryFix_CNC_Machinist_{KEY}.pdf"}
    full = {"next": "p2", "previous": None, "results": [{"id": "f0", "file_name": "cv.pdf"}]}
    script = {"find file": reply(200, full), "find file, page 2": reply(200, page(later))}
    ats = Scripted(script)
    receipt = await drive(CASE.adapter(), CASE.delivery("update"), ats.send, MemoryJournal())
    assert receipt.attachment_id == "f7"
    assert dict(ats.calls[1].query)["cursor"] == "p2"


@pytest.mark.parametrize("path", [NOT_THERE, ELSEWHERE, TOO_LATE])
async def test_r09_a39_a_file_that_cannot_be_fetched_is_told_and_sent_later(transport: Transport, path: str) -> None:

    async with Sandbox(SandboxSettings(fetch_s=0.3)) as ats:
        bench, journal = Bench(ats, transport, "merge", "links"), MemoryJournal()
        delivery = bench.delivery()
        assert delivery.pdf is not None
        broken = replace(delivery, pdf=replace(delivery.pdf, url=link_that_fails(path)))
        with pytest.raises(Permanent) as caught:
            await bench.push(broken, journal)
        assert caught.value.code == "file_not_fetched"
        assert (len(bench.state()["applications"]), bench.state()["attachments"]) == (1, [])
        await bench.push(delivery, journal)
        bench.assert_placed_once()


# --- a copy that lags ---


async def test_a40_a_create_that_is_not_in_the_copy_yet_is_never_made_again(ats: Sandbox, hasty: Transport) -> None:
    bench, journal = Bench(ats, hasty, "merge", "lag"), MemoryJournal()
    ats.put_rules("lag", Rules(lookup_lag_s=3600))
    ats.put_faults({"lag": Plan(script=("ok", "ok", "commit_then_timeout"), hold_s=2.0)})
    assert await bench.until_done(bench.delivery(), journal) is None
    assert len(bench.state()["applications"]) == 1
    ats.put_rules("lag", Rules())
    receipt = await bench.push(bench.delivery(), journal)
    assert receipt.application_id == bench.state()["applications"][0]["id"]
    bench.assert_placed_once()


# --- the preflight ---


@pytest.mark.parametrize(
    ("step", "answer", "what"),
    [
        ("see account", reply(200, {"id": "la1", "status": "RELINK_NEEDED"}), "linked account"),
        ("see account", reply(401, {"detail": "Invalid token."}), "linked account"),
        ("see user", reply(200, {"id": "u", "disabled": True}), "remote user"),
        ("see user", reply(404, {"detail": "Not found."}), "remote user"),
        ("see file fields", reply(404, {"detail": "Not found."}), "attach files"),
        ("see job", reply(404, {"detail": "Not found."}), "linked job"),
        ("see job", reply(200, {"id": "j", "status": "ARCHIVED"}), "linked job"),
    ],
)
async def test_what_a_preflight_finds_wrong_is_told(step: str, answer: object, what: str) -> None:
    found: tuple[Finding, ...] = await ask(
        CASE.adapter().check(CASE.ats_job_id),
        Scripted({**CASE.check, step: answer}).send,  # type: ignore[dict-item]
    )
    (wrong,) = (one for one in found if not one.ok)
    assert wrong.what == what
    assert wrong.remedy
