"""Every request an adapter makes, against what the vendor's own OpenAPI document says of that call."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.base import Call, Session
from adapters.driver import ask, drive
from schemas.delivery import Kind
from schemas.errors import DeliveryError
from tests.contract.adapter_case import Case, MemoryJournal, Scripted
from tests.contract.test_adapters import CASES

DOCUMENTS: dict[str, Mapping[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "openapi").glob("*.json"))
}
AT = datetime(2026, 11, 23, tzinfo=UTC)
Part = tuple[str, bool, bytes]  # name, whether it is a file, content


@pytest.fixture(params=DOCUMENTS)
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def calls_of(case: Case) -> list[Call]:
    """The calls of a create, adoption, update, erasure (ours and not ours), look-ups and preflight."""
    made: list[Call] = []
    flows: tuple[tuple[str, Kind], ...] = (
        ("create", "create"),
        ("adopt", "create"),
        ("update", "update"),
        ("erase", "erase"),
    )
    for script, kind in flows:
        for placed in [None] if kind == "create" else [case.receipt, *filter(None, [case.adopted])]:
            ats = Scripted(getattr(case, script))
            with suppress(DeliveryError, KeyError):
                await drive(case.adapter(), case.delivery(kind, placed=placed), ats.send, MemoryJournal())
            made += ats.calls
    for step, look in case.looks.items():
        ats = Scripted(look.found)
        await ask(case.adapter().find(case.delivery(), step), ats.send)
        made += ats.calls
    ats = Scripted(case.check)
    await ask(case.adapter().check(case.ats_job_id), ats.send)
    return [call for call in made + ats.calls if call.signed]  # a presigned upload is not the vendor's API


def name_of(document: Mapping[str, Any], call: Call) -> str:
    """How the document calls it. Of a fixed path and one with a variable that both fit, the fixed one."""
    fitting: list[str] = [
        template
        for template in document["calls"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/?]+", template), f"{call.method} {call.path}")
    ]
    assert fitting, f"{call.method} {call.path} is not in the document"
    return min(fitting, key=lambda template: template.count("{"))


def described(document: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
    found: Mapping[str, Any] = document["calls"][name_of(document, call)]
    return found


def parts_of(call: Call) -> Iterator[Part]:
    message = message_from_bytes(b"Content-Type: " + call.headers["Content-Type"].encode() + b"\r\n\r\n" + call.body)
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            yield str(part.get_param("name", header="content-disposition")), part.get_filename() is not None, content


def check_call(entry: Mapping[str, Any], call: Call, sent: Mapping[str, str]) -> None:
    """Raises where the request is not as described: unknown or missing parts count."""
    query = {"type": "object", "additionalProperties": False, "properties": entry.get("query", {})}
    jsonschema.validate(dict(call.query), query)
    assert len(dict(call.query)) == len(call.query), "a parameter twice"
    assert {name.lower() for name in entry["headers"]} <= {name.lower() for name in sent}
    if "json" in entry:
        assert call.headers["Content-Type"] == entry.get("media", "application/json")
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.validate(json.loads(call.body), entry["json"], format_checker=checker)
    elif "form" in entry:
        check_form(entry["form"], list(parts_of(call)))
    else:
        assert call.body == b""


def check_form(form: Mapping[str, Any], parts: list[Part]) -> None:
    names = [name for name, _, _ in parts]
    assert len(set(names)) == len(names)
    assert {name for name, rule in form.items() if rule.get("required")} <= set(names) <= set(form)
    for name, is_file, content in parts:
        assert is_file == form[name].get("file", False)
        assert "enum" not in form[name] or content.decode() in form[name]["enum"]


def test_documents_are_of_vendors_we_have() -> None:
    assert DOCUMENTS
    assert set(DOCUMENTS) <= set(CASES)
    assert all(document["source"] for document in DOCUMENTS.values())


async def test_every_request_is_as_the_vendor_describes_it(vendor: str) -> None:
    case = CASES[vendor]
    for call in await calls_of(case):
        sent = {**call.headers, **case.adapter().auth().headers(call, Session(token="t"), AT)}
        check_call(described(DOCUMENTS[vendor], call), call, sent)


async def test_every_described_call_is_made(vendor: str) -> None:
    """A call nobody makes any more leaves the document too; the exceptions are made in tests of their own."""
    made = {name_of(DOCUMENTS[vendor], call) for call in await calls_of(CASES[vendor])}
    unmade = set(DOCUMENTS[vendor]["calls"]) - made
    assert unmade <= {
        "PUT /candidates/{id}/jobs/{jobId}/source",
        "GET /members",
        "GET /job-interview-stages",  # merge: where the ATS behind it wants a stage
        "GET /opportunities/{opportunity}/applications",  # lever: where a list is not expanded
        "GET /Candidates/{id}/associate",  # zohorecruit: a preflight with --write reads back what it wrote
        "POST /applications",  # greenhouse: of somebody who is there, but not on this job
    }


async def test_the_documents_bite(vendor: str) -> None:
    """Any required field taken away, or any unknown one added, is refused: else this file would prove nothing."""
    bodies = [
        (described(DOCUMENTS[vendor], call)["json"], json.loads(call.body))
        for call in await calls_of(CASES[vendor])
        if "json" in described(DOCUMENTS[vendor], call) and json.loads(call.body)
    ]
    assert bodies or any("form" in entry for entry in DOCUMENTS[vendor]["calls"].values())
    for schema, body in bodies:
        rule = schema["anyOf"][0] if "anyOf" in schema else schema
        fewer = [{name: value for name, value in body.items() if name != gone} for gone in rule.get("required", [])]
        for wrong in itertools.chain(fewer, [{**body, "surprise": 1}]):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(wrong, schema)
