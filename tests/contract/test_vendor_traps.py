"""Traps of single vendors that cost somebody a duplicate or a lost candidate once."""

from __future__ import annotations

import pytest

from adapters.driver import ask, drive
from schemas.errors import Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import KEY, MemoryJournal, Scripted, reply
from tests.contract.test_adapters import CASES

_APPLICATION = {"applicationId": 601, "candidate": {"candidateId": 501}, "job": {"jobId": 77}}
_NOBODY_YET = reply(200, {"items": [], "totalCount": 0})


async def test_jobadder_search_that_lags_behind_a_409_is_asked_again_until_it_shows_the_person() -> None:
    case, journal = CASES["jobadder"], MemoryJournal()
    for _ in range(3):
        lagging = Scripted({**case.adopt, "find candidate": _NOBODY_YET})
        with pytest.raises(Unknown):
            await drive(case.adapter(), case.delivery(), lagging.send, journal)
    assert await drive(case.adapter(), case.delivery(), Scripted(case.adopt).send, journal) == case.adopted


async def test_jobadder_tells_its_own_earlier_candidate_from_the_employers() -> None:
    case = CASES["jobadder"]
    ours = {"candidateId": 501, "email": "augusta@example.com", "source": "FactoryFix"}
    script = {**case.adopt, "find candidate": reply(200, {"items": [ours], "totalCount": 1})}
    script["create application"] = case.create["create application"]
    receipt = await drive(case.adapter(), case.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt.attribution == "set"
    assert not receipt.adopted


async def test_jobadder_knows_a_person_by_another_address() -> None:
    case = CASES["jobadder"]
    shown = {"candidateId": 501, "email": "work@example.com", "source": "Seek"}
    script = {
        **case.adopt,
        "find candidate": reply(200, {"items": [{"candidateId": 9, "email": "x@example.com"}, shown], "totalCount": 2}),
        "see candidate 1": reply(200, {"candidateId": 9, "otherEmail": None}),
        "see candidate 2": reply(200, {**shown, "otherEmail": ["Augusta@Example.com"]}),
    }
    assert await drive(case.adapter(), case.delivery(), Scripted(script).send, MemoryJournal()) == case.adopted


NONE_OF_THEM = [{"items": None, "totalCount": 0}, {"totalCount": 0}]


@pytest.mark.parametrize("none", NONE_OF_THEM)
async def test_jobadder_a_list_without_items_is_an_empty_one(none: dict[str, object]) -> None:
    case = CASES["jobadder"]
    script = {**case.adopt, "find attachment": reply(200, none)}
    assert await drive(case.adapter(), case.delivery(), Scripted(script).send, MemoryJournal()) == case.adopted
    looks = Scripted({**case.looks["attach profile"].found, "find attachment": reply(200, none)})
    assert await ask(case.adapter().find(case.delivery(), "attach profile"), looks.send) is None
    unseen = Scripted({**case.adopt, "find candidate": reply(200, none)})
    with pytest.raises(Unknown):
        await drive(case.adapter(), case.delivery(), unseen.send, MemoryJournal())


async def test_jobadder_an_answer_that_only_counts_is_looked_up() -> None:
    case = CASES["jobadder"]
    shown = {**_APPLICATION, "source": "FactoryFix"}
    script = {
        **case.create,
        "create application": reply(201, {"totalCount": 1}),
        "find application": reply(200, {"items": [shown], "totalCount": 1}),
    }
    assert await drive(case.adapter(), case.delivery(), Scripted(script).send, MemoryJournal()) == case.receipt


async def test_jobadder_pages_of_one_row_are_walked_and_one_shown_for_ever_ends() -> None:
    case = CASES["jobadder"]
    rows = [{"attachmentId": number, "fileName": f"{number}.pdf"} for number in (1, 2)]
    rows += [{"attachmentId": 701, "fileName": f"Copy of {KEY}"}]
    pages = {
        name: reply(200, {"items": [row], "totalCount": 3})
        for name, row in zip(
            ("find attachment", "find attachment, page 2", "find attachment, page 3"), rows, strict=True
        )
    }
    ats = Scripted({**case.adopt, **pages})
    assert await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal()) == case.adopted
    offsets = [dict(call.query)["Offset"] for call in ats.calls if call.step.startswith("find attachment")]
    assert offsets == ["0", "1", "2"]
    same = reply(200, {"items": rows[:1], "totalCount": 99})
    endless = Scripted({**case.adopt, "find attachment": same, "find attachment, page 2": same})
    assert await drive(case.adapter(), case.delivery(), endless.send, MemoryJournal()) == case.adopted
    assert len([call for call in endless.calls if call.step.startswith("find attachment")]) == 2


async def test_a37_jobadder_a_preflight_shows_the_employers_own_word_for_the_job() -> None:
    case = CASES["jobadder"]
    for status, word, is_open in (
        ({"name": "On Offer", "active": True}, "On Offer", True),
        ({"name": "Filled", "active": False}, "Filled", False),
        ({"active": False}, "inactive", False),
        (None, "open", True),
    ):
        script = {**case.check, "see job": reply(200, {"jobId": 77, "status": status})}
        job = (await ask(case.adapter().check("77"), Scripted(script).send))[-1]
        assert (job.ok, word in job.detail) == (is_open, True)


def test_jobadder_is_kept_logged_in_within_the_two_weeks_a_refresh_token_lives() -> None:
    assert CASES["jobadder"].adapter().facts.session_idle_s == 14 * 86_400


async def test_jobadder_never_forces_a_duplicate() -> None:
    case = CASES["jobadder"]
    ats = Scripted(case.adopt)
    await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal())
    assert not any("duplicates" in name.lower() for call in ats.calls for name in call.headers)


async def test_greenhouse_cursor_travels_alone_and_pages_are_walked() -> None:
    case = CASES["greenhouse"]
    link = '<https://harvest.greenhouse.io/v3/candidates?cursor=abc%3D>; rel="next"'
    script = {
        **case.adopt,
        "find candidate": reply(200, [{"id": 9, "email_addresses": []}], Link=link),
        "find candidate, page 2": case.adopt["find candidate"],
    }
    ats = Scripted(script)
    assert await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal()) == case.adopted
    second = next(call for call in ats.calls if call.step == "find candidate, page 2")
    assert second.query == (("cursor", "abc="),)


async def test_greenhouse_walks_no_endless_pages() -> None:
    case = CASES["greenhouse"]
    link = '<https://harvest.greenhouse.io/v3/candidates?cursor={}>; rel="next"'
    endless = {f"find candidate, page {page}": reply(200, [], Link=link.format(page)) for page in range(2, 40)}
    ats = Scripted({**case.create, **endless, "find candidate": reply(200, [], Link=link.format(1))})
    with pytest.raises(Unknown):
        await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal())
    assert not any(call.method == "POST" for call in ats.calls)


async def test_greenhouse_prefers_the_profile_that_is_on_the_job() -> None:
    case = CASES["greenhouse"]
    twins = [{"id": n, "email_addresses": [{"value": "augusta@example.com"}]} for n in (500, 501)]
    script = {**case.adopt, "find candidate": reply(200, twins)}
    receipt = await drive(case.adapter(), case.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt.candidate_id == "501"


async def test_greenhouse_without_a_source_says_unsupported() -> None:
    case = CASES["greenhouse"]
    script = {**case.create, "find source": reply(200, [{"id": 3, "name": "LinkedIn"}])}
    ats = Scripted(script)
    receipt = await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal())
    assert receipt.attribution == "unsupported"
    assert not any(b"source_id" in call.body for call in ats.calls)


async def test_kombo_reads_its_own_code_before_the_status() -> None:
    case = CASES["kombo"]
    answer = reply(500, {"status": "error", "error": {"code": "INTEGRATION.AUTHENTICATION_INVALID"}})
    ats = Scripted(case.create, {"create application": answer})
    with pytest.raises(Unauthorized):
        await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal())


async def test_a45_an_erasure_by_webhook_names_nobody() -> None:
    case = CASES["webhook"]
    ats = Scripted(case.erase)
    await drive(case.adapter(), case.delivery("erase"), ats.send, MemoryJournal())
    sent = ats.calls[0].body
    assert b"cand-1" in sent
    assert not any(word in sent for word in (b"Augusta", b"Lovelace", b"example", b"2125550123"))


async def test_a_refused_repeat_leaves_the_first_request_open() -> None:
    """The webhook may have taken the first POST: its step must not look as if it had never been sent (A34)."""
    case, journal = CASES["webhook"], MemoryJournal()
    for answer, fault in ((reply(502), Unknown), (reply(429), Transient), (reply(422), Permanent)):
        ats = Scripted(case.create, {"deliver": answer})
        with pytest.raises(fault):
            await drive(case.adapter(), case.delivery(), ats.send, journal)
        assert await journal.started("deliver")
    assert await drive(case.adapter(), case.delivery(), Scripted(case.create).send, journal) == case.receipt
