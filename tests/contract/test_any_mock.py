"""Adapters against servers that are nobody's sandbox: mocks made from a vendor's own document, wherever they stand."""

from __future__ import annotations

import json
import time
from email import message_from_bytes

import pytest

from adapters import sandbox
from adapters.base import Call, Reply
from adapters.body import document, number_at
from adapters.driver import drive
from adapters.paging import asking, through_pages
from adapters.pusher import VendorPusher
from adapters.registry import build, known
from adapters.sandbox import Sandbox
from adapters.sandbox.vendors import VENDORS
from adapters.transport import Target, Transport
from schemas.delivery import Receipt
from schemas.errors import Permanent, Unknown
from tests.contract.adapter_case import PDF, MemoryJournal, Script, Scripted, reply
from tests.contract.test_adapters import CASES

ASHBY, BAMBOOHR, SMART = CASES["ashby"], CASES["bamboohr"], CASES["smartrecruiters"]


async def created(vendor: str, script: Script) -> tuple[Receipt, list[Call]]:
    scripted = Scripted(script)
    receipt = await drive(CASES[vendor].adapter(), CASES[vendor].delivery(), scripted.send, MemoryJournal())
    return receipt, scripted.calls


# --- where it stands ---


@pytest.mark.parametrize("ending", ["", "/", "//"])
@pytest.mark.parametrize("vendor", sorted(set(known()) & set(VENDORS) - {"webhook"}))
async def test_a_base_url_may_end_in_a_slash(ats: Sandbox, transport: Transport, vendor: str, ending: str) -> None:
    """The log-in's address is below it too. A webhook's base is the endpoint itself, and taken as it is."""
    adapter = build(vendor, sandbox.credentials(vendor), sandbox.base_url(ats.url, vendor, "acme") + ending)
    pusher = VendorPusher(adapter, transport)
    await pusher.push(CASES[vendor].delivery(), MemoryJournal(), deadline=time.monotonic() + 60)
    assert len(ats.state()["accounts"]["acme"]["applications"]) == 1


@pytest.mark.parametrize("other", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("named", ["127.0.0.1", "localhost", "::1"])
async def test_a_mock_on_this_machine_may_call_itself_by_name_or_address(
    ats: Sandbox, transport: Transport, named: str, other: str
) -> None:
    port = ats.url.rsplit(":", 1)[1]
    call = Call(step="upload file", method="GET", path="", read=lambda _reply: {})
    found = await transport.send(call, Target(url=f"http://{other}:{port}/", headers={}, trusted_host=named))
    assert found.status == 200


@pytest.mark.parametrize(("host", "trusted"), [("127.0.0.1", "ats.example"), ("10.0.0.8", "localhost")])
async def test_this_machine_and_its_network_stay_shut_to_everybody_else(
    transport: Transport, host: str, trusted: str
) -> None:
    call = Call(step="upload file", method="GET", path="", read=lambda _reply: {})
    with pytest.raises(Permanent) as caught:
        await transport.send(call, Target(url=f"http://{host}:9/", headers={}, trusted_host=trusted))
    assert caught.value.code == "bad_address"


# --- what it answers ---


def test_an_id_may_come_as_a_number_or_as_text() -> None:
    assert number_at({"id": 42}, "id") == number_at({"id": "42"}, "id") == 42
    assert number_at({"id": -2147483648}, "id") == -2147483648
    for none in (True, None, "", "4.2", "x", "9" * 30, [42]):
        assert number_at({"id": none}, "id") is None


def test_json_inside_a_json_text_is_read() -> None:
    """So do mocks made from documents of ReadMe, which hold their examples as text."""
    inside = json.dumps({"candidates": []})
    assert document(reply(200, inside)) == {"candidates": []}
    assert document(reply(200, "ok")) == "ok"
    with pytest.raises(Unknown):
        document(Reply(status=200, body=b"candidates"))


def test_a_byte_order_mark_before_json_is_forgiven() -> None:
    assert document(Reply(status=200, body=b'\xef\xbb\xbf{"id": 1}')) == {"id": 1}


@pytest.mark.parametrize(
    ("answer", "application_id"),
    [
        ([{"result": "success", "candidateId": 42}], "42"),
        ({"candidateId": "42"}, "42"),
        ({"candidateId": 0}, "0"),  # the example a mock makes up for a number
    ],
)
async def test_bamboohr_the_number_is_read_in_any_form(answer: object, application_id: str) -> None:
    receipt, _ = await created("bamboohr", {**BAMBOOHR.create, "create application": reply(200, answer)})
    assert receipt.application_id == application_id


@pytest.mark.parametrize(
    "handle",
    [reply(404), reply(200, {"success": True, "results": {"handle": "string", "url": "string", "fields": {}}})],
)
async def test_r09_ashby_without_an_upload_address_the_pdf_goes_with_the_call(handle: Reply) -> None:
    receipt, calls = await created("ashby", {**ASHBY.create, "get upload handle": handle})
    assert receipt == ASHBY.receipt
    assert "upload file" not in {call.step for call in calls}
    last = calls[-1]
    assert (last.step, last.path) == ("attach profile", "/candidate.uploadFile")
    message = message_from_bytes(b"Content-Type: " + last.headers["Content-Type"].encode() + b"\r\n\r\n" + last.body)
    parts = {part.get_param("name", header="content-disposition"): part for part in message.walk()}
    assert parts["candidateId"].get_payload() == "c1"
    assert parts["file"].get_payload(decode=True) == PDF


async def test_a37_ashby_a_refusal_that_is_not_of_the_job_is_no_closed_job() -> None:
    answer = reply(200, {"success": False, "errors": ["job archived"], "errorInfo": {"code": "job_archived"}})
    with pytest.raises(Permanent):
        await created("ashby", {**ASHBY.create, "create candidate": answer})


async def test_smartrecruiters_a_mock_of_the_candidate_api_alone_takes_a_candidate() -> None:
    receipt, calls = await created(
        "smartrecruiters", {**SMART.create, "see job": reply(404), "list source types": reply(404)}
    )
    assert receipt.candidate_id == SMART.receipt.candidate_id
    assert receipt.attribution == "unsupported"
    assert not any(b"sourceDetails" in call.body for call in calls)


# --- pages ---

LINK = '<https://harvest.greenhouse.io/v3/x?cursor=same>; rel="next"'


@pytest.mark.parametrize(
    ("vendor", "step", "page"),
    [
        ("greenhouse", "find candidate", reply(200, [], Link=LINK)),
        ("lever", "find opportunity", reply(200, {"data": [], "hasNext": True, "next": "same"})),
        (
            "ashby",
            "find source",
            reply(200, {"success": True, "results": [], "moreDataAvailable": True, "nextCursor": "c"}),
        ),
    ],
)
async def test_a_page_that_names_itself_is_the_last(vendor: str, step: str, page: Reply) -> None:
    receipt, calls = await created(vendor, {**CASES[vendor].create, step: page, f"{step}, page 2": page})
    assert receipt.application_id == CASES[vendor].receipt.application_id
    assert len([call for call in calls if call.step.startswith(step)]) == 2


def test_pages_are_asked_for_by_their_tokens_and_not_without_end() -> None:
    first = Call(step="find", method="GET", path="/x", query=(("limit", "9"),), read=lambda _reply: {})
    flow = through_pages(first, asking("offset"), most=3)
    calls = [next(flow), flow.send({"next": "a"}), flow.send({"next": "b"})]
    assert [call.step for call in calls] == ["find", "find, page 2", "find, page 3"]
    assert [dict(call.query).get("offset") for call in calls] == [None, "a", "b"]
    assert {dict(call.query)["limit"] for call in calls} == {"9"}
    with pytest.raises(Unknown):
        flow.send({"next": "c"})
