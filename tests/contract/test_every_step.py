"""The promises of test_adapters.py at the steps it does not reach: adoption, update, erasure, look-up, preflight."""

from __future__ import annotations

import base64
import re
from contextlib import suppress

import pytest

from adapters.base import Call, Reply
from adapters.driver import ask, drive
from adapters.registry import card
from adapters.sandbox import Plan, Sandbox
from adapters.transport import Transport
from schemas.delivery import Delivery
from schemas.errors import DeliveryError, Unknown
from tests.contract.adapter_case import KEY, PDF, Case, MemoryJournal, Script, Scripted, reply
from tests.contract.test_adapters import CASES, MEANINGS, SENSELESS
from tests.contract.test_adapters_over_http import SPOKEN, Bench

SAID = {"message": "Augusta Lovelace augusta@example.com", "errors": [{"message": "Augusta", "field": "Lovelace"}]}
GONE = (404, 410)  # at an erasure as good as done
FAULTS = ("commit_then_reset", "commit_then_500", "reset_no_commit", "500", "429", "bad_body", "html_body")


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(params=SPOKEN)
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def flows(case: Case) -> list[tuple[Script, Delivery]]:
    """Adoption, update, erasure of ours and of somebody the employer had before."""
    placed = [case.receipt, *filter(None, [case.adopted])]
    found = [(case.adopt, case.delivery())] if case.adopt else []
    found += [(case.update, case.delivery("update"))] if case.update else []
    return found + [(case.erase, case.delivery("erase", placed=one)) for one in placed if case.erase]


async def made(case: Case, script: Script, delivery: Delivery) -> list[Call]:
    scripted = Scripted(script)
    await drive(case.adapter(), delivery, scripted.send, MemoryJournal())
    return scripted.calls


async def test_a40_a_write_that_may_have_landed_is_looked_for_in_adoptions_and_updates_too(case: Case) -> None:
    for script, delivery in flows(case):
        for call in await made(case, script, delivery):
            if call.only_reads or call.repeat == "safe":
                continue
            journal = MemoryJournal()
            with pytest.raises(KeyboardInterrupt):
                await drive(case.adapter(), delivery, Scripted(script, {call.step: KeyboardInterrupt()}).send, journal)
            resumed = Scripted({**script, **case.looks[call.step].found})
            await drive(case.adapter(), delivery, resumed.send, journal)
            assert call not in resumed.calls


@pytest.mark.parametrize("status", [status for status in MEANINGS if status != 404])
async def test_a_failing_reply_at_every_other_step(case: Case, status: int) -> None:
    for script, delivery in flows(case):
        for call in await made(case, script, delivery):
            if (call.step, status) in case.own_statuses or (call.method == "DELETE" and status in GONE):
                continue
            failing = Scripted(script, {call.step: reply(status, SAID)})
            with pytest.raises(MEANINGS[status]) as caught:
                await drive(case.adapter(), delivery, failing.send, MemoryJournal())
            assert not re.search("augusta|lovelace", repr(caught.value) + str(vars(caught.value)), re.IGNORECASE)
            assert failing.calls[-1] == call


async def test_a_senseless_success_at_every_other_step_is_unknown_never_a_crash(case: Case) -> None:
    for script, delivery in flows(case):
        for call in await made(case, script, delivery):
            for body in SENSELESS:
                with suppress(Unknown, KeyError):  # KeyError: it went on to a write this script has no answer for
                    spoiled = Scripted({**case.create, **script}, {call.step: Reply(status=200, body=body)})
                    await drive(case.adapter(), delivery, spoiled.send, MemoryJournal())


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503])
async def test_a_look_up_or_preflight_that_fails_names_nobody(case: Case, status: int) -> None:
    looks = [(case.adapter().find(case.delivery(), step), look.found) for step, look in case.looks.items()]
    told = []
    for position, (_, script) in enumerate(looks):
        for step in script:
            flow = case.adapter().find(case.delivery(), list(case.looks)[position])
            try:
                await ask(flow, Scripted(script, {step: reply(status, SAID)}).send)
            except DeliveryError as exc:
                told.append(repr(exc) + str(vars(exc)))
    for step in case.check:
        try:
            findings = await ask(
                case.adapter().check(case.ats_job_id), Scripted(case.check, {step: reply(status, SAID)}).send
            )
            told.append(repr(findings))
        except DeliveryError as exc:
            told.append(repr(exc) + str(vars(exc)))
    assert told or not (case.looks or case.check)
    assert not re.search("augusta|lovelace", " ".join(told), re.IGNORECASE)
    for flow, _ in looks:
        flow.close()


async def test_r12_r13_adoptions_updates_and_erasures_carry_no_answer_and_no_other_job(case: Case) -> None:
    for script, delivery in flows(case):
        for call in await made(case, script, delivery):
            rest = call.body.replace(PDF, b"").replace(base64.b64encode(PDF), b"")
            told = rest + call.path.encode() + repr((call.query, dict(call.headers))).encode()
            assert b"canary-of-an-answer" not in told
            if delivery.kind == "erase":
                assert not any(word in told for word in (b"Augusta", b"Lovelace", b"2125550123"))


@pytest.mark.parametrize("fault", FAULTS)
async def test_a40_r18_an_update_arrives_once_whatever_happens_to_any_request(
    ats: Sandbox, transport: Transport, vendor: str, fault: str
) -> None:
    if card(vendor).update == "unsupported":
        return
    key = KEY[:-1] + "0"
    calm = Bench(ats, transport, vendor, "calm")
    placed = await calm.push(calm.delivery(), MemoryJournal())
    before = len(calm.seen)
    await calm.push(calm.delivery(kind="update", key=key, placed=placed), MemoryJournal())
    files = len(calm.state()["attachments"])
    for position in range(len(calm.seen) - before):
        bench = Bench(ats, transport, vendor, f"update-{position}")
        there = await bench.push(bench.delivery(), MemoryJournal())
        ats.put_faults({bench.account: Plan(script=(*["ok"] * position, fault), hold_s=2.0, retry_after_s=0.0)})
        update = bench.delivery(kind="update", key=key, placed=there)
        if await bench.until_done(update, MemoryJournal()) is not None:
            assert len(bench.state()["attachments"]) == files
        assert len(bench.state()["applications"]) == len(calm.state()["applications"])


@pytest.mark.parametrize("fault", ["commit_then_reset", "reset_no_commit", "500", "429", "bad_body"])
async def test_a45_an_erasure_is_repeated_until_it_is_done(
    ats: Sandbox, transport: Transport, vendor: str, fault: str
) -> None:
    if card(vendor).erase == "ask_a_person":
        return
    bench = Bench(ats, transport, vendor, "erase")
    placed = await bench.push(bench.delivery(), MemoryJournal())
    ats.put_faults({"erase": Plan(script=(fault,), methods=("DELETE", "POST"), hold_s=2.0, retry_after_s=0.0)})
    done = await bench.until_done(bench.delivery(kind="erase", key=KEY[:-1] + "0", placed=placed), MemoryJournal())
    assert done is not None
    assert all(one["erased_at"] for one in bench.state()["candidates"])
