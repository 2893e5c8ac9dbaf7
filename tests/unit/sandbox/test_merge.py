"""Merge: the person inside the application, files by their address, warnings beside what was made."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer, Fetched
from tests.unit.sandbox.talk import PDF, Talk, value_of

LOGIN = credentials("merge")
LINK = "http://127.0.0.1:9/k1.pdf"
PERSON: dict[str, Any] = {
    "first_name": "Ana",
    "last_name": "Ruiz",
    "email_addresses": [{"value": "ana@x.example", "email_address_type": "PERSONAL"}],
    "phone_numbers": [{"value": "+15550100", "phone_number_type": "MOBILE"}],
}
FILE = {"file_name": "k1.pdf", "file_url": LINK, "attachment_type": "RESUME"}


@pytest.fixture
def talk() -> Talk:
    headers = {"authorization": f"Bearer {LOGIN['api_key']}", "x-account-token": LOGIN["account_token"]}
    return Talk("merge", headers=headers, files={LINK: Fetched(content=PDF)})


def write(talk: Talk, path: str, model: Any, user: str = LOGIN["remote_user_id"]) -> Answer:
    return talk.send("POST", path, {"model": model, "remote_user_id": user})


def applied(talk: Talk, job: str = "j1", candidate: Any = PERSON, **more: Any) -> Answer:
    return write(talk, "applications", {"candidate": candidate, "job": job, "source": "FactoryFix", **more})


def types_of(answer: Answer, where: str = "errors") -> list[str]:
    return [one["problem_type"] for one in value_of(answer)[where]]


def test_one_call_leaves_person_and_application(talk: Talk) -> None:
    answer = applied(talk, current_stage="s1")
    assert (answer.status, types_of(answer), types_of(answer, "warnings")) == (201, [], [])
    model = value_of(answer)["model"]
    row = talk.store.applications[model["id"]]
    assert (row.job_id, row.source, row.candidate_id) == ("j1", "FactoryFix", model["candidate"])
    assert model["current_stage"] == "s1"
    assert talk.store.candidates[row.candidate_id].emails == ["ana@x.example"]


def test_a_known_address_is_joined_and_nobody_else_is(talk: Talk) -> None:
    first, second = (value_of(applied(talk, job))["model"] for job in ("j1", "j2"))
    assert first["candidate"] == second["candidate"]
    by_id = value_of(applied(talk, "j3", first["candidate"]))["model"]
    assert by_id["candidate"] == first["candidate"]
    other = {**PERSON, "email_addresses": [{"value": "bo@x.example"}]}
    assert value_of(applied(talk, "j1", other))["model"]["candidate"] != first["candidate"]


def test_a_repeat_is_a_second_application_unless_the_ats_refuses(talk: Talk) -> None:
    applied(talk)
    applied(talk)
    assert talk.store.applications_created == {("j1", "ana@x.example"): 2}
    talk.world.set_rules("acme", Rules(refuses_repeats=True))
    assert types_of(applied(talk)) == ["MODEL_WITH_DUPLICATE_UNIQUE_FIELD_EXISTS"]


@pytest.mark.parametrize("name", ["authorization", "x-account-token"])
def test_wrong_credentials_are_401(talk: Talk, name: str) -> None:
    talk.headers[name] = "wrong"
    assert applied(talk).status == 401


def test_revoked_credentials_and_missing_permissions(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(forbidden=("create_application",)))
    assert (applied(talk).status, types_of(applied(talk))) == (403, ["MISSING_PERMISSION"])
    talk.world.set_rules("acme", Rules(revoked=True))
    assert talk.get("account-details").status == 401


def test_a_closed_and_an_unknown_job(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("j1",), closed_jobs=("j2",)))
    assert [value_of(talk.get(f"jobs/{job}")).get("status") for job in ("j1", "j2", "j3")] == ["OPEN", "CLOSED", None]
    assert "closed" in value_of(applied(talk, "j2"))["errors"][0]["detail"]
    assert types_of(applied(talk, "j3")) == ["ERROR"]
    assert talk.store.candidates == {}


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ({"job": "j1"}, "MISSING_REQUIRED_FIELD"),
        ({"candidate": PERSON}, "MISSING_REQUIRED_FIELD"),
        ({"candidate": {**PERSON, "phone_numbers": "1"}, "job": "j1"}, "INCORRECT_FIELD_TYPE"),
        (
            {"candidate": {**PERSON, "email_addresses": [{"value": "a", "email_address_type": "HOME"}]}, "job": "j1"},
            "INVALID_FIELD_CHOICE",
        ),
        ({"candidate": "nobody", "job": "j1"}, "ERROR"),
        ({"candidate": PERSON, "job": 7}, "INCORRECT_FIELD_TYPE"),
    ],
)
def test_what_is_not_as_described_is_refused_with_its_type(talk: Talk, model: Any, kind: str) -> None:
    answer = write(talk, "applications", model)
    assert (answer.status, types_of(answer)) == (400, [kind])
    assert talk.store.applications == {}


def test_a_field_nobody_knows_is_ignored_with_a_warning(talk: Talk) -> None:
    answer = applied(talk, rating=5)
    assert (answer.status, types_of(answer, "warnings")) == (201, ["UNRECOGNIZED_FIELD"])
    assert value_of(answer)["warnings"][0]["source"] == {"pointer": "/model/rating"}
    inside = applied(talk, "j2", {**PERSON, "rating": 5})
    assert value_of(inside)["warnings"][0]["source"] == {"pointer": "/model/candidate/rating"}


def test_a_write_is_in_the_name_of_a_user_there_is(talk: Talk) -> None:
    assert types_of(write(talk, "applications", {"candidate": PERSON, "job": "j1"}, user="nobody")) == ["ERROR"]
    assert talk.send("POST", "applications", {"model": {"candidate": PERSON, "job": "j1"}}).status == 400
    assert talk.get(f"users/{LOGIN['remote_user_id']}").status == 200
    assert talk.get("users/nobody").status == 404


def test_a_file_is_fetched_and_kept_on_the_person(talk: Talk) -> None:
    person = value_of(applied(talk))["model"]["candidate"]
    answer = write(talk, "attachments", {**FILE, "candidate": person})
    assert answer.status == 201
    (row,) = value_of(talk.get(f"attachments?candidate_id={person}"))["results"]
    assert (row["id"], row["file_name"]) == (value_of(answer)["model"]["id"], "k1.pdf")
    assert talk.get(f"files/{talk.store.attachments[row['id']].sha256}").body == PDF
    assert value_of(talk.get("attachments?candidate_id=nobody"))["results"] == []


def test_a_file_inside_the_person_is_fetched_too(talk: Talk) -> None:
    person = value_of(applied(talk, candidate={**PERSON, "attachments": [FILE]}))["model"]["candidate"]
    assert [file.name for file in talk.store.files_of(person)] == ["k1.pdf"]


@pytest.mark.parametrize("found", [Fetched(why="HTTP 404"), None])
def test_a_file_that_cannot_be_fetched_leaves_nothing(talk: Talk, found: Fetched | None) -> None:
    person = value_of(applied(talk))["model"]["candidate"]
    talk.files = {} if found is None else {LINK: found}
    assert types_of(write(talk, "attachments", {**FILE, "candidate": person})) == ["CORRUPTED_FILE"]
    assert types_of(applied(talk, "j2", {**PERSON, "attachments": [FILE]})) == ["CORRUPTED_FILE"]
    assert (talk.store.attachments, len(talk.store.applications)) == ({}, 1)


def test_a_file_beyond_the_limit_and_one_of_nobody(talk: Talk) -> None:
    person = value_of(applied(talk))["model"]["candidate"]
    assert types_of(write(talk, "attachments", FILE)) == ["MISSING_REQUIRED_FIELD"]
    assert types_of(write(talk, "attachments", {**FILE, "candidate": "nobody"})) == ["ERROR"]
    assert types_of(write(talk, "attachments", {"candidate": person})) == ["MISSING_REQUIRED_FIELD"]
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert types_of(write(talk, "attachments", {**FILE, "candidate": person})) == ["CORRUPTED_FILE"]


def test_reads_filter_and_page_by_cursor(talk: Talk) -> None:
    person = value_of(applied(talk, "j1"))["model"]["candidate"]
    applied(talk, "j2")
    applied(talk, "j2", {**PERSON, "email_addresses": [{"value": "bo@x.example"}]})
    (row,) = value_of(talk.get("candidates?email_addresses=ANA@x.example"))["results"]
    assert (row["id"], len(row["applications"])) == (person, 2)
    (whole,) = value_of(talk.get("candidates?email_addresses=ana@x.example&expand=applications"))["results"]
    assert [one["job"] for one in whole["applications"]] == ["j1", "j2"]
    assert len(value_of(talk.get("applications?job_id=j2"))["results"]) == 2
    assert len(value_of(talk.get(f"applications?job_id=j2&candidate_id={person}"))["results"]) == 1
    first = value_of(talk.get("applications?page_size=2"))
    assert len(value_of(talk.get(f"applications?page_size=2&cursor={first['next']}"))["results"]) == 1
    assert len(value_of(talk.get("candidates?email=ana@x.example"))["results"]) == 2, "a filter it does not know"


def test_reads_show_what_was_synchronised(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=60))
    applied(talk)
    assert value_of(talk.get("candidates?email_addresses=ana@x.example"))["results"] == []
    talk.later(60)
    assert len(value_of(talk.get("candidates?email_addresses=ana@x.example"))["results"]) == 1


def test_what_an_account_may_and_has(talk: Talk) -> None:
    assert value_of(talk.get("account-details"))["status"] == "COMPLETE"
    assert value_of(talk.get("attachments/meta/post"))["status"]["can_make_request"]
    stages = value_of(talk.get("job-interview-stages?job_id=j1"))["results"]
    assert [one["stage_order"] for one in stages] == [None, 3, 1]
