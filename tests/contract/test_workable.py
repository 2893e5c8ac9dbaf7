"""Workable: comments without ids, members on any page."""

from __future__ import annotations

import pytest

from adapters.base import AtsAdapter
from adapters.driver import ask, drive
from adapters.registry import build
from schemas.errors import Permanent
from tests.contract.adapter_case import KEY, MemoryJournal, Scripted, reply
from tests.contract.test_adapters import CASES

CASE = CASES["workable"]
_MEMBERS = "https://acme.workable.com/spi/v3/members?limit=100&since_id="
_BARE = {"action": "comment", "stage_name": None, "created_at": "2026-11-24", "body": f"FactoryFix profile {KEY}"}


def nobody_configured() -> AtsAdapter:
    return build("workable", {"access_token": "t"}, CASE.base_url)


async def test_a_comment_as_documented_without_an_id_is_not_made_again() -> None:
    bare = {"find comment": reply(200, {"activities": [{"action": "applied", "body": None}, _BARE]})}
    ats = Scripted({**CASE.update, **bare})
    receipt = await drive(CASE.adapter(), CASE.delivery("update"), ats.send, MemoryJournal())
    assert [call.step for call in ats.calls] == ["find comment"]
    assert receipt.attachment_id is None
    assert await ask(CASE.adapter().find(CASE.delivery("update"), "attach profile"), Scripted(bare).send)


async def test_an_author_is_found_on_any_page() -> None:
    pages = {
        "find author": reply(200, {"members": [{"id": "m1", "role": "simple"}], "paging": {"next": _MEMBERS + "m1"}}),
        "find author, page 2": reply(
            200, {"members": [{"id": "m2", "role": "admin", "active": False}], "paging": {"next": _MEMBERS + "m2"}}
        ),
        "find author, page 3": reply(200, {"members": [{"id": "m3", "role": "admin"}]}),
    }
    ats = Scripted({**CASE.update, **pages})
    await drive(nobody_configured(), CASE.delivery("update"), ats.send, MemoryJournal())
    assert b'"member_id":"m3"' in ats.calls[-1].body


async def test_without_an_author_nothing_is_sent() -> None:
    ats = Scripted({**CASE.update, "find author": reply(200, {"members": [{"id": "m1", "role": "simple"}]})})
    with pytest.raises(Permanent) as caught:
        await drive(nobody_configured(), CASE.delivery("update"), ats.send, MemoryJournal())
    assert caught.value.code == "no_member"
    assert {call.method for call in ats.calls} == {"GET"}
