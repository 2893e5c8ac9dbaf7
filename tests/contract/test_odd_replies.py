"""Replies in a form that is legal and that no example shows: however odd, a delivery ends in a meaning of ours."""

from __future__ import annotations

import pytest

from adapters.base import Call, Reply
from adapters.driver import drive
from schemas.delivery import Receipt
from schemas.errors import JobClosed
from tests.contract.adapter_case import MemoryJournal, Script, Scripted
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
