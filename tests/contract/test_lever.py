"""Lever: whom its filters leave out, by what an address is known, and in whose name it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.driver import ask, drive
from schemas.errors import Unknown
from tests.contract.adapter_case import PERSON, MemoryJournal, Scripted, reply
from tests.contract.test_adapters import CASES

CASE = CASES["lever"]
_ROW = {"id": "o1", "contact": "c1", "emails": ["augusta@example.com"], "applications": [{"posting": "77"}]}


def _list(*found: object, **more: object) -> object:
    return {"data": list(found), "hasNext": "next" in more, **more}


async def test_lever_asks_for_confidential_rows_too() -> None:
    case = CASES["lever"]
    ats = Scripted(case.create)
    await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal())
    assert ("confidentiality", "all") in next(call for call in ats.calls if call.step == "find opportunity").query


async def test_lever_asks_for_the_posting_where_applications_are_only_ids() -> None:
    case = CASES["lever"]
    row = {"id": "o1", "contact": "c1", "emails": ["augusta@example.com"], "applications": ["a1"]}
    script = {
        **case.adopt,
        "find opportunity": reply(200, {"data": [row], "hasNext": False}),
        "see opportunity 1": reply(200, {"data": [{"id": "a1", "posting": "77"}]}),
    }
    receipt = await drive(case.adapter(), case.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt.adopted
    assert receipt.application_id == "o1"


async def test_lever_signs_every_write_with_the_user_it_acts_for() -> None:
    case = CASES["lever"]
    for script, kind in ((case.create, "create"), (case.update, "update"), (case.erase, "erase")):
        ats = Scripted(script)
        await drive(case.adapter(), case.delivery(kind), ats.send, MemoryJournal())  # type: ignore[arg-type]
        writes = [call for call in ats.calls if not call.only_reads]
        assert writes
        assert all(("perform_as", "user-1") in call.query for call in writes)


async def test_a14_who_was_archived_from_the_posting_is_not_made_again() -> None:
    """`posting_id` lists who is applied to a posting; who was archived from it has a filter of its own."""
    archived = {**_ROW, "id": "o0", "archived": {"reason": "r", "archivedAt": 1}}
    for listed, expected in (([archived], "o0"), ([archived, _ROW], "o1")):
        ats = Scripted({**CASE.adopt, "find opportunity": reply(200, _list(*listed))})
        receipt = await drive(CASE.adapter(), CASE.delivery(), ats.send, MemoryJournal())
        assert receipt.application_id == expected
        asked = dict(next(call for call in ats.calls if call.step == "find opportunity").query)
        assert "posting_id" not in asked
        assert "archived" not in asked


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("augusta.lovelace@gmail.com", "AugustaLovelace@gmail.com"),
        ("augusta+jobs@example.com", "augusta@example.com"),
        ("augusta@googlemail.com", "augusta@gmail.com"),
    ],
)
async def test_a14_a_contact_joined_by_the_canonical_address_is_found(ours: str, theirs: str) -> None:
    """The filter goes by it, and the contact keeps the address it had: otherwise a second opportunity is made."""
    delivery = CASE.delivery(person=replace(PERSON, email=ours))
    look = Scripted({"find opportunity": reply(200, _list({**_ROW, "emails": [theirs]}))})
    found = await ask(CASE.adapter().find(delivery, "create opportunity"), look.send)
    assert found == {"application_id": "o1", "candidate_id": "c1"}


@pytest.mark.parametrize("theirs", ["augusta@example.org", "augustus@example.com", "", "@example.com"])
async def test_a_stranger_is_nobody_in_any_spelling(theirs: str) -> None:
    look = Scripted({"find opportunity": reply(200, _list({**_ROW, "emails": [theirs]}))})
    assert await ask(CASE.adapter().find(CASE.delivery(), "create opportunity"), look.send) is None


async def test_applications_that_are_only_ids_are_asked_for_on_every_page() -> None:
    unsure = [{**_ROW, "id": f"o{number}", "applications": ["a"]} for number in range(12)]
    elsewhere = reply(200, {"data": [{"id": "a", "posting": "78"}]})
    script = {
        **CASE.adopt,
        "find opportunity": reply(200, _list(*unsure[:11], next="t1")),
        "find opportunity, page 2": reply(200, _list(unsure[11])),
        **{f"see opportunity {number}": elsewhere for number in range(1, 12)},
        "see opportunity 12": reply(200, {"data": [{"id": "a", "posting": "77"}]}),
    }
    receipt = await drive(CASE.adapter(), CASE.delivery(), Scripted(script).send, MemoryJournal())
    assert receipt.application_id == "o11"


async def test_no_endless_pages() -> None:
    endless = {f"find opportunity, page {page}": reply(200, _list(next=f"t{page}")) for page in range(2, 40)}
    script = Scripted({**CASE.create, **endless, "find opportunity": reply(200, _list(next="t1"))})
    with pytest.raises(Unknown):
        await drive(CASE.adapter(), CASE.delivery(), script.send, MemoryJournal())


async def test_an_expanded_contact_is_read() -> None:
    made = reply(201, {"data": {"id": "o1", "contact": {"id": "c1", "name": "x"}}})
    receipt = await drive(
        CASE.adapter(), CASE.delivery(), Scripted({**CASE.create, "create opportunity": made}).send, MemoryJournal()
    )
    assert receipt.candidate_id == "c1"
