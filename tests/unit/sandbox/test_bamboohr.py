"""BambooHR: one multipart call, XML for who forgets to ask for JSON, a 503 for who asks too often."""

from __future__ import annotations

import pytest

from adapters.sandbox import Rate, Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, basic, value_of

KEY = credentials("bamboohr")["api_key"]
FIELDS = {
    "firstName": "Ana",
    "lastName": "Ruiz",
    "email": "ana@x.example",
    "phoneNumber": "+15550100",
    "jobId": "7",
    "source": "FactoryFix",
}


@pytest.fixture
def talk() -> Talk:
    return Talk("bamboohr", headers={"authorization": basic(KEY, "x"), "accept": "application/json"})


def applied(talk: Talk, file_name: str = "k1.pdf", **changes: str | None) -> Answer:
    fields = {name: value for name, value in {**FIELDS, **changes}.items() if value is not None}
    parts: list[tuple[str, str | None, bytes]] = [(name, None, value.encode()) for name, value in fields.items()]
    return talk.multipart("applicant_tracking/application", [*parts, ("resume", file_name, PDF)])


def found(talk: Talk, query: str = "") -> list[int]:
    rows = value_of(talk.get(f"applicant_tracking/applications{query}"))["applications"]
    return [row["id"] for row in rows]


def test_one_call_makes_everything_and_names_only_the_application(talk: Talk) -> None:
    reply = value_of(applied(talk))
    assert reply.keys() == {"result", "candidateId"}
    (application,) = talk.store.applications.values()
    assert (application.id, application.source) == (str(reply["candidateId"]), "FactoryFix")
    assert [(file.kind, file.name) for file in talk.store.files_of(application.id)] == [("resume", "k1.pdf")]


def test_a_repeat_makes_everything_again(talk: Talk) -> None:
    applied(talk)
    applied(talk)
    assert len(talk.store.candidates) == 2
    assert talk.store.applications_created == {("7", "ana@x.example"): 2}


def test_the_reason_is_in_a_header_and_nowhere_else(talk: Talk) -> None:
    reply = applied(talk, lastName=None)
    assert (reply.status, reply.body) == (422, b"")
    assert reply.headers["x-bamboohr-error-message"] == "Missing required field: lastName"


@pytest.mark.parametrize(
    "change",
    [{"jobId": "seven"}, {"email": "ana"}, {"firstName": " "}, {"rating": "5"}, {"first_name": "Ana"}],
)
def test_a_form_that_is_not_the_vendors_is_422(talk: Talk, change: dict[str, str]) -> None:
    assert applied(talk, **change).status == 422
    assert talk.store.candidates == {}


def test_files_have_kinds_and_a_size(talk: Talk) -> None:
    assert applied(talk, "k1.exe").status == 422
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert applied(talk).status == 413


def test_a_closed_or_unknown_job_is_422(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("8",), closed_jobs=("7",)))
    assert [applied(talk, jobId=job).status for job in ("7", "8", "9")] == [422, 200, 422]
    open_jobs = value_of(talk.get("applicant_tracking/jobs?statusGroups=Open"))
    assert [row["id"] for row in open_jobs] == [8]


def test_who_does_not_accept_json_gets_xml_with_the_same_200(talk: Talk) -> None:
    del talk.headers["accept"]
    reply = applied(talk)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/xml")
    assert len(talk.store.applications) == 1


def test_a_busy_server_is_a_429_with_retry_after(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(rate=Rate(limit=1, window_s=10)))
    applied(talk)
    reply = applied(talk)
    assert (reply.status, reply.headers["retry-after"]) == (429, "10")
    assert len(talk.store.applications) == 1


def test_too_many_wrong_keys_lock_the_door(talk: Talk) -> None:
    wrong = Talk("bamboohr", "acme", talk.world, headers={"authorization": basic("wrong", "x")})
    assert {wrong.get("applicant_tracking/jobs").status for _ in range(10)} == {401}
    assert wrong.get("applicant_tracking/jobs").status == 403
    assert talk.get("applicant_tracking/jobs").status == 403


def test_search_looks_anywhere(talk: Talk) -> None:
    first = value_of(applied(talk))["candidateId"]
    second = value_of(applied(talk, email="joana@x.example"))["candidateId"]
    assert found(talk, "?searchString=ana@x.example&jobId=7") == [first, second]
    assert found(talk, "?jobId=8") == []


def test_pages_go_on_until_they_are_complete(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(page_size=2))
    everybody = [value_of(applied(talk))["candidateId"] for _ in range(3)]
    first = value_of(talk.get("applicant_tracking/applications"))
    assert (first["paginationComplete"], first["nextPageUrl"][-6:]) == (False, "page=2")
    assert found(talk) + found(talk, "?page=2") == everybody


def test_the_details_name_the_resume(talk: Talk) -> None:
    applied(talk)
    (row,) = value_of(talk.get("applicant_tracking/applications"))["applications"]
    detail = value_of(talk.get(f"applicant_tracking/applications/{row['id']}"))
    assert [one["name"] for one in detail["attachments"]] == ["k1.pdf"]
    assert talk.get("applicant_tracking/applications/1").status == 404
