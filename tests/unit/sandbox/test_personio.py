"""Personio: files first, one call with an empty answer, and one e-mail per position."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, value_of

LOGIN = credentials("personio")
PERSON = {
    "first_name": "Ana",
    "last_name": "Ruiz",
    "email": "ana@x.example",
    "job_position_id": 7,
    "recruiting_channel_id": int(LOGIN["recruiting_channel_id"]),
    "attributes": [{"id": "phone", "value": "+15550100"}],
}
DOCUMENTS = "v1/recruiting/applications/documents"


@pytest.fixture
def talk() -> Talk:
    return Talk("personio", headers={"authorization": f"Bearer {LOGIN['token']}", "x-company-id": LOGIN["company_id"]})


def applied(talk: Talk, **changes: Any) -> Answer:
    return talk.send("POST", "v1/recruiting/applications", {**PERSON, **changes})


def reason_of(answer: Answer) -> Any:
    (fault,) = value_of(answer)["errors"]
    return fault["field"], fault["errors"][0]["reason"]


def a_file(talk: Talk) -> dict[str, str]:
    number = value_of(talk.upload(DOCUMENTS, "file", "k1.pdf"))["uuid"]
    return {"uuid": number, "original_filename": "profile-k1.pdf", "category": "other"}


def test_a_created_application_says_nothing(talk: Talk) -> None:
    reply = applied(talk, files=[a_file(talk)])
    assert (reply.status, reply.body) == (201, b"")
    (application,) = talk.store.applications.values()
    assert (application.job_id, application.source) == ("7", "FactoryFix")
    assert [file.name for file in talk.store.files_of(application.id)] == ["profile-k1.pdf"]
    assert talk.store.candidates[application.candidate_id].phones == ["+15550100"]


def test_one_email_applies_once_per_position(talk: Talk) -> None:
    applied(talk)
    repeat = applied(talk, email="ANA@x.example")
    assert (repeat.status, reason_of(repeat)) == (400, ("email", "errors.applicant-already-exists"))
    assert applied(talk, job_position_id=8).status == 201
    assert talk.store.applications_created == {("7", "ana@x.example"): 1, ("8", "ana@x.example"): 1}


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [("authorization", "Bearer wrong"), ("x-company-id", "1"), ("x-company-id", "")],
)
def test_token_and_company_belong_together(talk: Talk, headers: str, wrong: str) -> None:
    talk.headers[headers] = wrong
    assert applied(talk).status == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first_name": "  "}, "first_name"),
        ({"email": "ana"}, "email"),
        ({"job_position_id": "7"}, "job_position_id"),
        ({"recruiting_channel_id": 9}, "recruiting_channel_id"),
        ({"phone": "+1555"}, "phone"),
        ({"files": [{"uuid": "x", "original_filename": "a.pdf", "category": "other"}]}, "files"),
        ({"files": [{"uuid": "x", "original_filename": "a.pdf", "category": "profile"}]}, "files[0].category"),
    ],
)
def test_a_body_that_is_not_the_vendors_is_400_with_the_field(talk: Talk, change: dict[str, Any], field: str) -> None:
    reply = applied(talk, **change)
    assert (reply.status, reason_of(reply)[0]) == (400, field)
    assert talk.store.candidates == {}


def test_a_closed_and_an_unknown_position_have_their_reasons(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("8",), closed_jobs=("7",)))
    assert reason_of(applied(talk))[1] == "errors.job-position.not-published"
    assert reason_of(applied(talk, job_position_id=9))[1] == "errors.posting-validation.posting-not-found"


def test_documents_have_kinds_and_a_size(talk: Talk) -> None:
    assert value_of(talk.upload(DOCUMENTS, "file", "k1.pdf"))["size"] == len(PDF)
    assert talk.upload(DOCUMENTS, "file", "k1.exe").status == 422
    assert talk.upload(DOCUMENTS, "resume", "k1.pdf").status == 422
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert talk.upload(DOCUMENTS, "file", "k1.pdf").status == 413


def test_there_is_nothing_to_read(talk: Talk) -> None:
    assert talk.get("v1/recruiting/applications").status == 405
