"""Kombo: one call finds or creates the person, and errors are told by their code."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, value_of

LOGIN = credentials("kombo")
PERSON = {"first_name": "Ana", "last_name": "Ruiz", "email_address": "ana@x.example", "phone_number": "+15550100"}


def a_file(**changes: Any) -> dict[str, Any]:
    data = base64.b64encode(PDF).decode()
    return {"name": "k1.pdf", "type": "OTHER", "content_type": "application/pdf", "data": data, **changes}


@pytest.fixture
def talk() -> Talk:
    headers = {"authorization": f"Bearer {LOGIN['api_key']}", "x-integration-id": LOGIN["integration_id"]}
    return Talk("kombo", headers=headers)


def applied(talk: Talk, job: str = "j1", **changes: Any) -> Answer:
    return talk.send(
        "POST", f"ats/jobs/{job}/applications", {"candidate": PERSON, "attachments": [a_file()], **changes}
    )


def code_of(answer: Answer) -> Any:
    assert value_of(answer)["status"] == "error"
    return value_of(answer)["error"]["code"]


def test_one_call_leaves_person_application_and_file(talk: Talk) -> None:
    data = value_of(applied(talk))["data"]
    application = talk.store.applications[data["id"]]
    assert (application.job_id, application.candidate_id, application.status) == ("j1", data["candidate_id"], "PENDING")
    assert [file.name for file in talk.store.files_of(application.id)] == ["k1.pdf"]
    assert talk.store.candidates[data["candidate_id"]].source == "FactoryFix"


def test_a_known_email_keeps_the_person_and_their_source(talk: Talk) -> None:
    first = value_of(applied(talk, source={"name": "Referral"}))["data"]
    second = value_of(applied(talk, "j2"))["data"]
    assert first["candidate_id"] == second["candidate_id"]
    assert [one.source for one in talk.store.candidates.values()] == ["Referral"]


def test_a_repeat_is_a_second_application_unless_the_tool_refuses(talk: Talk) -> None:
    applied(talk)
    applied(talk)
    assert talk.store.applications_created == {("j1", "ana@x.example"): 2}
    talk.world.set_rules("acme", Rules(refuses_repeats=True))
    assert code_of(applied(talk)) == "ATS.APPLICATION_ALREADY_EXISTS"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": "Bearer wrong"}, "PLATFORM.AUTHENTICATION_INVALID"),
        ({"x-integration-id": "wrong"}, "PLATFORM.INTEGRATION_NOT_FOUND"),
    ],
)
def test_wrong_credentials_have_their_codes(talk: Talk, headers: dict[str, str], code: str) -> None:
    talk.headers.update(headers)
    assert code_of(applied(talk)) == code


def test_a_revoked_integration_has_its_code(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(revoked=True))
    assert code_of(applied(talk)) == "INTEGRATION.AUTHENTICATION_INVALID"


def test_a_closed_and_an_unknown_job(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("j1",), closed_jobs=("j2",)))
    assert code_of(applied(talk, "j2")) == "ATS.JOB_CLOSED"
    assert code_of(applied(talk, "j3")) == "PLATFORM.INPUT_INVALID"
    assert talk.store.candidates == {}


@pytest.mark.parametrize(
    "change",
    [
        {"candidate": {**PERSON, "email_address": ""}},
        {"candidate": {**PERSON, "email": "x"}},
        {"attachments": [a_file(type="RESUME")]},
        {"attachments": [a_file(data="%")]},
        {"attachments": [{"name": "x", "type": "CV"}]},
        {"attachments": [a_file(data_url="https://x.example/a.pdf")]},
        {"rating": 5},
    ],
)
def test_a_body_that_is_not_the_vendors_changes_nothing(talk: Talk, change: dict[str, Any]) -> None:
    assert code_of(applied(talk, **change)) == "PLATFORM.INPUT_INVALID"
    assert talk.store.candidates == {}


def test_files_beyond_ten_megabytes_are_refused(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert code_of(applied(talk)) == "PLATFORM.INPUT_INVALID"


def test_a_later_file_comes_back_without_an_id_and_can_be_listed(talk: Talk) -> None:
    application_id = value_of(applied(talk, attachments=[]))["data"]["id"]
    path = f"ats/applications/{application_id}/attachments"
    assert value_of(talk.send("POST", path, {"attachment": a_file()}))["data"] == {}
    (row,) = value_of(talk.get(path))["data"]["results"]
    assert (row["file_name"], row["type"]) == ("k1.pdf", "OTHER")
    assert code_of(talk.get("ats/applications/nobody/attachments")) == "PLATFORM.INPUT_INVALID"


def test_reads_filter_by_job_and_email_and_page_by_cursor(talk: Talk) -> None:
    for job in ("j1", "j2", "j2"):
        applied(talk, job)
    assert len(value_of(talk.get("ats/applications?job_ids=j2"))["data"]["results"]) == 2
    assert len(value_of(talk.get("ats/applications?email=nobody@x.example"))["data"]["results"]) == 3
    page = value_of(talk.get("ats/applications?page_size=2"))["data"]
    assert len(value_of(talk.get(f"ats/applications?page_size=2&cursor={page['next']}"))["data"]["results"]) == 1
    (person,) = value_of(talk.get("ats/candidates?email=ANA@x.example"))["data"]["results"]
    assert [one["job_id"] for one in person["applications"]] == ["j1", "j2", "j2"]
    assert value_of(talk.get("ats/candidates?email=nobody@x.example"))["data"]["results"] == []


def test_reads_show_what_was_synchronised(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=60))
    applied(talk)
    assert value_of(talk.get("ats/candidates?email=ana@x.example"))["data"]["results"] == []
    talk.later(60)
    assert len(value_of(talk.get("ats/candidates?email=ana@x.example"))["data"]["results"]) == 1
