"""SmartRecruiters: one profile per e-mail, one assignment per job, words found anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rate, Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, value_of

LOGIN = credentials("smartrecruiters")
PERSON = {
    "firstName": "Ana",
    "lastName": "Ruiz",
    "email": "ana@x.example",
    "phoneNumber": "+15550100",
    "sourceDetails": {"sourceTypeId": LOGIN["source_type_id"], "sourceId": LOGIN["source_id"]},
}


@pytest.fixture
def talk() -> Talk:
    return Talk("smartrecruiters", headers={"x-smarttoken": LOGIN["api_key"]})


def created(talk: Talk, job: str = "j1", **changes: Any) -> Answer:
    return talk.send("POST", f"jobs/{job}/candidates", {**PERSON, **changes})


def attached(talk: Talk, candidate_id: str, job: str = "j1", kind: str = "GENERIC_FILE") -> Answer:
    parts: list[tuple[str, str | None, bytes]] = [("attachmentType", None, kind.encode()), ("file", "k1.pdf", PDF)]
    return talk.multipart(f"candidates/{candidate_id}/jobs/{job}/attachments", parts)


def test_the_same_email_is_the_same_profile_on_another_job(talk: Talk) -> None:
    first, second = value_of(created(talk)), value_of(created(talk, "j2", email="ANA@x.example"))
    assert first["id"] == second["id"]
    assert second["primaryAssignment"]["job"]["id"] == "j2"
    assert [one["job"]["id"] for one in second["secondaryAssignments"]] == ["j1"]
    assert {one.source for one in talk.store.applications.values()} == {"FactoryFix"}


def test_a_repeat_on_the_same_job_adds_nothing_or_is_refused(talk: Talk) -> None:
    created(talk)
    assert created(talk).status == 201
    assert talk.store.applications_created == {("j1", "ana@x.example"): 1}
    talk.world.set_rules("acme", Rules(refuses_repeats=True))
    assert value_of(created(talk))["errors"][0]["code"] == "CANDIDATE_ALREADY_ASSIGNED"


def test_without_details_the_source_is_api_and_can_be_set_later(talk: Talk) -> None:
    body = {name: value for name, value in PERSON.items() if name != "sourceDetails"}
    candidate_id = value_of(talk.send("POST", "jobs/j1/candidates", body))["id"]
    path = f"candidates/{candidate_id}/jobs/j1"
    assert value_of(talk.get(path))["source"] == "API"
    assert talk.send("PUT", f"{path}/source", PERSON["sourceDetails"]).status == 204
    assert value_of(talk.get(path))["source"] == "FactoryFix"


@pytest.mark.parametrize(
    "change",
    [
        {"email": ""},
        {"first_name": "Ana"},
        {"sourceDetails": {"sourceId": "ff-1"}},
        {"sourceDetails": {"sourceTypeId": "JOB_BOARD", "sourceId": "nobody"}},
        {"tags": "FactoryFix"},
    ],
)
def test_a_body_that_is_not_the_vendors_is_400(talk: Talk, change: dict[str, Any]) -> None:
    assert created(talk, **change).status == 400
    assert talk.store.candidates == {}


def test_wrong_tokens_are_401(talk: Talk) -> None:
    talk.headers = {"authorization": f"Bearer {LOGIN['api_key']}"}
    assert created(talk).status == 401


def test_search_finds_words_anywhere(talk: Talk) -> None:
    ana = value_of(created(talk))["id"]
    joana = value_of(created(talk, email="joana@x.example", tags=["welder"]))["id"]
    assert [row["id"] for row in value_of(talk.get("candidates?q=ana@x.example"))["content"]] == [ana, joana]
    assert [row["id"] for row in value_of(talk.get("candidates?q=welder"))["content"]] == [joana]
    assert value_of(talk.get("candidates?q=ana@x.example&jobId=j2"))["content"] == []


def test_pages_go_on_from_the_next_page_id(talk: Talk) -> None:
    everybody = [value_of(created(talk, email=f"p{n}@x.example"))["id"] for n in range(3)]
    first = value_of(talk.get("candidates?limit=2"))
    second = value_of(talk.get(f"candidates?limit=2&pageId={first['nextPageId']}"))
    assert [row["id"] for row in first["content"] + second["content"]] == everybody
    assert "nextPageId" not in second
    assert talk.get("candidates?limit=101").status == 400


def test_files_belong_to_the_candidate_on_the_job(talk: Talk) -> None:
    candidate_id = value_of(created(talk))["id"]
    created(talk, "j2")
    row = value_of(attached(talk, candidate_id))
    assert (row["name"], row["type"]) == ("k1.pdf", "GENERIC_FILE")
    assert value_of(talk.get(f"candidates/{candidate_id}/jobs/j1/attachments"))["content"] == [row]
    assert value_of(talk.get(f"candidates/{candidate_id}/jobs/j2/attachments"))["content"] == []


def test_files_that_are_not_the_vendors_are_refused(talk: Talk) -> None:
    candidate_id = value_of(created(talk))["id"]
    assert attached(talk, candidate_id, kind="PROFILE").status == 422
    assert attached(talk, candidate_id, "j2").status == 404
    assert attached(talk, "nobody").status == 404
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert attached(talk, candidate_id).status == 422
    assert talk.store.attachments == {}


def test_a_job_that_is_not_open_takes_nobody(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("j2",), closed_jobs=("j1",)))
    assert [created(talk, job).status for job in ("j1", "j2", "j3")] == [400, 201, 404]
    assert value_of(talk.get("jobs/j1"))["status"] == "CANCELLED"


def test_sources_can_be_looked_up(talk: Talk) -> None:
    (kind,) = value_of(talk.get("configuration/sources"))["content"]
    values = value_of(talk.get(f"configuration/sources/{kind['id']}/values"))["content"]
    assert {"id": LOGIN["source_id"], "label": "FactoryFix"} in values


def test_the_rate_is_told_and_kept(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(rate=Rate(limit=1, window_s=1)))
    assert talk.get("candidates").headers["x-ratelimit-remaining"] == "0"
    assert created(talk).status == 429


def test_a_file_can_be_taken_away(talk: Talk) -> None:
    candidate_id = value_of(created(talk))["id"]
    row = value_of(attached(talk, candidate_id))
    assert talk.exchange("DELETE", f"candidates/attachments/{row['id']}").answer.status == 204
    assert talk.exchange("DELETE", f"candidates/attachments/{row['id']}").answer.status == 404


def test_deletion_leaves_nobody(talk: Talk) -> None:
    candidate_id = value_of(created(talk))["id"]
    assert talk.exchange("DELETE", f"candidates/{candidate_id}").answer.status == 204
    assert value_of(talk.get("candidates?q=ana"))["content"] == []
    assert talk.get(f"candidates/{candidate_id}").status == 404
