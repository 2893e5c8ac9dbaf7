"""JobAdder: its own 409s, its Pascal-case queries, its multipart files and its token that names the host."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from tests.unit.sandbox.talk import PDF, Talk, value_of

LOGIN = credentials("jobadder")
PERSON = {
    "firstName": "Ana",
    "lastName": "Ruiz",
    "email": "ana@x.example",
    "phone": "+15550100",
    "source": "FactoryFix",
}


@pytest.fixture
def talk() -> Talk:
    talk = Talk("jobadder")
    talk.headers = {"authorization": f"Bearer {value_of(refreshed(talk))['access_token']}"}
    return talk


def refreshed(talk: Talk, **changes: str) -> Any:
    return talk.form("connect/token", {"grant_type": "refresh_token", **LOGIN, **changes})


def created(talk: Talk, **changes: Any) -> int:
    reply = talk.send("POST", "candidates", {**PERSON, **changes})
    assert reply.status == 201, reply.body
    candidate_id: int = value_of(reply)["candidateId"]
    return candidate_id


def applied(talk: Talk, candidate_id: int, job: str = "7") -> int:
    reply = talk.send("POST", f"jobs/{job}/applications", {"candidateId": [candidate_id], "source": "FactoryFix"})
    assert reply.status == 201, reply.body
    application_id: int = value_of(reply)["items"][0]["applicationId"]
    return application_id


def test_the_token_reply_names_the_base_url_to_use() -> None:
    reply = value_of(refreshed(Talk("jobadder")))
    assert reply["api"] == "http://sandbox.test/jobadder/acme/v2"
    assert reply["refresh_token"] != LOGIN["refresh_token"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"refresh_token": "wrong"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_grant_is_400_with_its_code(change: dict[str, str], code: str) -> None:
    reply = refreshed(Talk("jobadder"), **change)
    assert (reply.status, value_of(reply)["error"]) == (400, code)


def test_a_refresh_token_can_be_single_use() -> None:
    talk = Talk("jobadder")
    talk.world.set_rules("acme", Rules(single_use_refresh=True))
    following = value_of(refreshed(talk))["refresh_token"]
    assert refreshed(talk).status == 400
    assert refreshed(talk, refresh_token=following).status == 200


def test_no_token_is_401_without_a_body() -> None:
    reply = Talk("jobadder").get("candidates")
    assert (reply.status, reply.body) == (401, b"")


def test_a_second_candidate_with_the_same_email_is_409(talk: Talk) -> None:
    created(talk)
    reply = talk.send("POST", "candidates", {**PERSON, "email": "ANA@x.example"})
    assert reply.status == 409
    assert value_of(reply)["errors"][0]["code"] == "AlreadyExists"
    assert len(talk.store.candidates) == 1


def test_the_code_of_the_409_forces_a_duplicate_and_no_other_does(talk: Talk) -> None:
    created(talk)
    code = talk.send("POST", "candidates", PERSON).headers["x-allow-duplicates"]
    assert talk.send("POST", "candidates", PERSON, {"x-allow-duplicates": "guess"}).status == 409
    assert talk.send("POST", "candidates", PERSON, {"x-allow-duplicates": code}).status == 201
    assert talk.store.incidents["forced_duplicates"] == 1


def test_the_409_knows_what_a_lagging_index_does_not_show(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=10))
    created(talk)
    assert value_of(talk.get("candidates?Email=ana@x.example"))["items"] == []
    assert talk.send("POST", "candidates", PERSON).status == 409


def test_a_second_application_on_the_same_job_is_409(talk: Talk) -> None:
    candidate_id = created(talk)
    applied(talk, candidate_id)
    assert talk.send("POST", "jobs/7/applications", {"candidateId": [candidate_id]}).status == 409
    assert talk.send("POST", f"candidates/{candidate_id}/applications", {"jobId": [7]}).status == 409
    applied(talk, candidate_id, "8")
    assert talk.store.applications_created == {("7", "ana@x.example"): 1, ("8", "ana@x.example"): 1}


def test_already_applied_is_one_question(talk: Talk) -> None:
    candidate_id = created(talk)
    application_id = applied(talk, candidate_id)
    found = value_of(talk.get(f"applications?CandidateId={candidate_id}&JobId=7"))
    assert (found["totalCount"], found["items"][0]["applicationId"]) == (1, application_id)
    assert found["items"][0]["source"] == "FactoryFix"
    assert value_of(talk.get(f"applications?CandidateId={candidate_id}&JobId=8"))["items"] == []


def test_a_query_in_camel_case_is_ignored_and_widens(talk: Talk) -> None:
    created(talk)
    created(talk, email="bob@x.example")
    assert value_of(talk.get("candidates?email=ana@x.example"))["totalCount"] == 2
    assert value_of(talk.get("candidates?Email=ana@x.example"))["totalCount"] == 1


def test_pages_by_offset_and_limit(talk: Talk) -> None:
    for number in range(5):
        created(talk, email=f"p{number}@x.example")
    page = value_of(talk.get("candidates?Offset=3&Limit=10"))
    assert (len(page["items"]), page["totalCount"]) == (2, 5)
    assert talk.get("candidates?Limit=1001").status == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"firstName": "x" * 51}, "firstName"),
        ({"source": "x" * 51}, "source"),
        ({"email": 5}, "email"),
        ({"first_name": "Ana"}, "first_name"),
        ({"screening": "canary"}, "screening"),
        ({"skillTags": "welding"}, "skillTags"),
    ],
)
def test_a_body_that_is_not_the_vendors_is_422_with_the_field(talk: Talk, change: dict[str, Any], field: str) -> None:
    reply = talk.send("POST", "candidates", {**PERSON, **change})
    assert reply.status == 422
    assert value_of(reply)["errors"][0]["fields"] == [field]
    assert talk.store.candidates == {}


def test_a_candidate_without_any_name_is_422(talk: Talk) -> None:
    assert talk.send("POST", "candidates", {"email": "x@x.example"}).status == 422


def test_a_closed_job_is_422_and_says_so_when_asked(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(closed_jobs=("7",), known_jobs=("8",)))
    candidate_id = created(talk)
    assert talk.send("POST", "jobs/7/applications", {"candidateId": [candidate_id]}).status == 422
    assert value_of(talk.get("jobs/7"))["closedAt"]
    assert value_of(talk.get("jobs/8"))["closedAt"] is None
    assert talk.get("jobs/9").status == 404
    assert talk.send("POST", "jobs/9/applications", {"candidateId": [candidate_id]}).status == 404


def test_a_file_is_attached_to_the_application_under_its_name(talk: Talk) -> None:
    application_id = applied(talk, created(talk))
    path = f"applications/{application_id}/attachments"
    row = value_of(talk.upload(f"{path}/Other", "fileData", "k1.pdf"))
    assert (row["fileName"], row["type"], row["fileType"]) == ("k1.pdf", "Other", "pdf")
    assert value_of(talk.get(path))["items"] == [row]
    assert value_of(talk.get(f"{path}?Type=Resume"))["items"] == []
    assert talk.get(f"{path}/{row['attachmentId']}").body == PDF


def test_files_are_not_deduplicated(talk: Talk) -> None:
    path = f"applications/{applied(talk, created(talk))}/attachments"
    for _ in range(2):
        talk.upload(f"{path}/Resume", "fileData", "k1.pdf")
    assert value_of(talk.get(path))["totalCount"] == 2


def test_a_file_of_no_known_type_or_field_is_refused(talk: Talk) -> None:
    path = f"applications/{applied(talk, created(talk))}/attachments"
    assert talk.upload(f"{path}/Profile", "fileData", "k.pdf").status == 404
    assert talk.upload(f"{path}/Other", "file", "k.pdf").status == 422
    assert talk.send("POST", f"{path}/Other", {"fileData": "x"}).status == 415
    assert talk.upload("applications/1/attachments/Other", "fileData", "k.pdf").status == 404
    assert talk.store.attachments == {}


def test_a_file_over_the_accounts_limit_is_413(talk: Talk) -> None:
    path = f"applications/{applied(talk, created(talk))}/attachments/Other"
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert talk.upload(path, "fileData", "k.pdf").status == 413


def test_removal_at_the_candidates_request(talk: Talk) -> None:
    candidate_id = created(talk)
    applied(talk, candidate_id)
    assert talk.exchange("DELETE", f"candidates/{candidate_id}/privacy").answer.status == 204
    assert talk.get(f"candidates/{candidate_id}").status == 404
    created(talk)


def test_ids_of_one_account_are_unknown_at_another(talk: Talk) -> None:
    candidate_id = created(talk)
    other = Talk("jobadder", "globex", talk.world)
    other.headers = {"authorization": f"Bearer {value_of(refreshed(other))['access_token']}"}
    assert other.get(f"candidates/{candidate_id}").status == 404
