"""Ashby: failures inside a 200, files in two phases, nobody deduplicated, confidential jobs that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, basic, value_of

LOGIN = credentials("ashby")
PERSON = {"name": "Ana Ruiz", "email": "ana@x.example", "phoneNumber": "+15550100", "sourceId": LOGIN["source_id"]}


@pytest.fixture
def talk() -> Talk:
    return Talk("ashby", headers={"authorization": basic(LOGIN["api_key"], "")})


def results(answer: Answer) -> Any:
    assert (answer.status, value_of(answer)["success"]) == (200, True), answer.body
    return value_of(answer)["results"]


def code_of(answer: Answer) -> Any:
    assert (answer.status, value_of(answer)["success"]) == (200, False), answer.body
    return value_of(answer)["errorInfo"]["code"]


def created(talk: Talk, **changes: Any) -> str:
    return str(results(talk.send("POST", "candidate.create", {**PERSON, **changes}))["id"])


def applied(talk: Talk, candidate_id: str, job_id: str = "j1") -> Answer:
    body = {"candidateId": candidate_id, "jobId": job_id, "sourceId": LOGIN["source_id"]}
    return talk.send("POST", "application.create", body)


def handle(talk: Talk, **changes: Any) -> Any:
    asked = {
        "fileUploadContext": "CandidateFiles",
        "filename": "k1.pdf",
        "contentType": "application/pdf",
        "contentLength": len(PDF),
    }
    return results(talk.send("POST", "file.createFileUploadHandle", {**asked, **changes}))


def upload(
    talk: Talk, given: Any, content: bytes = PDF, *, file_first: bool = False, headers: dict[str, str] | None = None
) -> Answer:
    fields: list[tuple[str, str | None, bytes]] = [
        (name, None, value.encode()) for name, value in given["fields"].items()
    ]
    file = ("file", "k1.pdf", content)
    anonymous = Talk("ashby", talk.account, talk.world, talk.now, headers or {})
    path = given["url"].partition("/ashby/acme/")[2]
    return anonymous.multipart(path, [file, *fields] if file_first else [*fields, file])


def test_nobody_is_deduplicated(talk: Talk) -> None:
    assert created(talk) != created(talk)
    assert talk.store.candidates_created == {"ana@x.example": 2}


def test_only_the_name_is_required_and_failures_are_inside_a_200(talk: Talk) -> None:
    assert code_of(talk.send("POST", "candidate.create", {"email": "x@x.example"})) == "invalid_input"
    assert results(talk.send("POST", "candidate.create", {"name": "Cher"}))["primaryEmailAddress"] is None


@pytest.mark.parametrize("change", [{"firstName": "Ana"}, {"email": 5}, {"name": " "}, {"rating": 5}])
def test_a_body_that_is_not_the_vendors_changes_nothing(talk: Talk, change: dict[str, Any]) -> None:
    assert code_of(talk.send("POST", "candidate.create", {**PERSON, **change})) == "invalid_input"
    assert talk.store.candidates == {}


def test_no_key_is_401_and_a_wrong_one_403() -> None:
    assert Talk("ashby").send("POST", "source.list", {}).status == 401
    assert Talk("ashby", headers={"authorization": basic("wrong", "")}).send("POST", "source.list", {}).status == 403


def test_everything_is_a_post(talk: Talk) -> None:
    assert talk.get("source.list").status == 405
    assert talk.send("POST", "candidate.destroy", {}).status == 404


def test_search_is_exact_on_email_and_wants_something_to_search(talk: Talk) -> None:
    candidate_id = created(talk)
    created(talk, email="bob@x.example")
    found = results(talk.send("POST", "candidate.search", {"email": "ANA@x.example"}))
    assert [row["id"] for row in found] == [candidate_id]
    assert results(talk.send("POST", "candidate.search", {"email": "ana@x.example", "name": "Bob"})) == []
    assert code_of(talk.send("POST", "candidate.search", {})) == "invalid_input"


def test_an_application_joins_candidate_and_job(talk: Talk) -> None:
    candidate_id = created(talk)
    row = results(applied(talk, candidate_id))
    assert (row["job"]["id"], row["source"]["title"], row["status"]) == ("j1", "FactoryFix", "Lead")
    assert results(talk.send("POST", "candidate.info", {"id": candidate_id}))["applicationIds"] == [row["id"]]
    assert code_of(applied(talk, "nobody")) == "candidate_not_found"


def test_a_repeat_is_a_second_application(talk: Talk) -> None:
    candidate_id = created(talk)
    for _ in range(2):
        applied(talk, candidate_id)
    assert talk.store.applications_created == {("j1", "ana@x.example"): 2}


def test_a_closed_job_an_unknown_one_and_a_confidential_one(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("j1", "j4"), closed_jobs=("j2",), confidential_jobs=("j4",)))
    candidate_id = created(talk)
    assert [code_of(applied(talk, candidate_id, job)) for job in ("j2", "j3", "j4")] == [
        "job_closed",
        "job_not_found",
        "job_not_found",
    ]
    assert results(talk.send("POST", "job.info", {"id": "j2"}))["status"] == "Closed"


def test_what_is_on_a_job_made_confidential_disappears(talk: Talk) -> None:
    candidate_id = created(talk)
    application_id = results(applied(talk, candidate_id))["id"]
    talk.world.set_rules("acme", Rules(confidential_jobs=("j1",)))
    assert results(talk.send("POST", "candidate.info", {"id": candidate_id}))["applicationIds"] == []
    assert code_of(talk.send("POST", "application.info", {"applicationId": application_id})) == "application_not_found"
    assert results(talk.send("POST", "application.list", {})) == []


def test_lists_go_on_from_a_cursor(talk: Talk) -> None:
    candidate_id = created(talk)
    for number in range(3):
        applied(talk, candidate_id, f"j{number}")
    first = value_of(talk.send("POST", "application.list", {"limit": 2}))
    second = value_of(talk.send("POST", "application.list", {"limit": 2, "cursor": first["nextCursor"]}))
    assert (first["moreDataAvailable"], second["moreDataAvailable"]) == (True, False)
    assert [row["job"]["id"] for row in first["results"] + second["results"]] == ["j0", "j1", "j2"]


def test_a_file_goes_up_in_two_phases_and_is_used_once(talk: Talk) -> None:
    candidate_id, given = created(talk), handle(talk)
    assert upload(talk, given).status == 204
    use = {"candidateId": candidate_id, "fileHandle": given["handle"]}
    assert [one["name"] for one in results(talk.send("POST", "candidate.uploadFile", use))["fileHandles"]] == ["k1.pdf"]
    assert code_of(talk.send("POST", "candidate.uploadFile", use)) == "file_not_found"
    (file,) = talk.store.attachments.values()
    assert (file.candidate_id, file.application_id, file.size) == (candidate_id, None, len(PDF))


def test_a_handle_without_its_upload_or_of_another_kind_is_no_file(talk: Talk) -> None:
    candidate_id, given = created(talk), handle(talk)
    use = {"candidateId": candidate_id, "fileHandle": given["handle"]}
    assert code_of(talk.send("POST", "candidate.uploadFile", use)) == "file_not_found"
    upload(talk, given)
    resume = {"candidateId": candidate_id, "resumeHandle": given["handle"]}
    assert code_of(talk.send("POST", "candidate.uploadResume", resume)) == "file_not_found"


def test_the_storage_is_strict(talk: Talk) -> None:
    assert upload(talk, handle(talk), PDF + b"x").status == 403
    assert upload(talk, handle(talk), file_first=True).status == 400
    late = handle(talk)
    talk.later(601)
    assert upload(talk, late).status == 403


def test_the_storage_takes_no_credentials(talk: Talk) -> None:
    given = handle(talk)
    assert upload(talk, given, headers=talk.headers).status == 400
    assert upload(talk, given).status == 204


def test_a_file_over_the_accounts_limit_gets_no_handle(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    asked = {"fileUploadContext": "CandidateFiles", "filename": "k", "contentType": "a/b", "contentLength": len(PDF)}
    assert code_of(talk.send("POST", "file.createFileUploadHandle", asked)) == "invalid_input"


def test_the_source_can_be_changed(talk: Talk) -> None:
    application_id = results(applied(talk, created(talk)))["id"]
    body = {"applicationId": application_id, "sourceId": None}
    assert results(talk.send("POST", "application.changeSource", body))["source"] is None
    assert code_of(talk.send("POST", "application.changeSource", {**body, "sourceId": "x"})) == "source_not_found"
