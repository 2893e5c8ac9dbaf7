"""Greenhouse Harvest v3: its token, its strictness, its wide reads and what it never deduplicates."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from adapters.sandbox import Rate, Rules, credentials
from tests.unit.sandbox.talk import PDF, Talk, basic, value_of

LOGIN = credentials("greenhouse")
PERSON = {
    "first_name": "Ana",
    "last_name": "Ruiz",
    "email_addresses": [{"value": "ana@x.example", "type": "personal"}],
    "phone_numbers": [{"value": "+15550100", "type": "mobile"}],
}


@pytest.fixture
def talk() -> Talk:
    return logged_in(Talk("greenhouse"))


def logged_in(talk: Talk) -> Talk:
    login = basic(LOGIN["client_id"], LOGIN["client_secret"])
    reply = talk.form("token", {"grant_type": "client_credentials"}, {"authorization": login})
    talk.headers = {"authorization": f"Bearer {value_of(reply)['access_token']}"}
    return talk


def created(talk: Talk, **changes: Any) -> tuple[int, int]:
    """(candidate, application)"""
    application = {"job_id": 7, "source_id": int(LOGIN["source_id"])}
    reply = talk.send("POST", "candidates", {**PERSON, "application": application, **changes})
    assert reply.status == 201, reply.body
    return value_of(reply)["candidate"]["id"], value_of(reply)["application"]["id"]


def a_file(application_id: int, **changes: Any) -> dict[str, Any]:
    content = base64.b64encode(PDF).decode()
    return {"application_id": application_id, "filename": "p.pdf", "type": "other", "content": content, **changes}


def test_no_token_no_answer() -> None:
    reply = Talk("greenhouse").get("candidates")
    assert (reply.status, value_of(reply)["message"]) == (401, "Unauthorized")


def test_an_unknown_path_is_404_even_without_a_token() -> None:
    assert value_of(Talk("greenhouse").get("nonsense")) == {"message": "Resource not found"}


@pytest.mark.parametrize(
    ("login", "form", "status"),
    [
        (None, {"grant_type": "client_credentials"}, 401),
        (basic("who", "knows"), {"grant_type": "client_credentials"}, 401),
        (basic(LOGIN["client_id"], LOGIN["client_secret"]), {}, 400),
        (basic(LOGIN["client_id"], LOGIN["client_secret"]), {"grant_type": "password"}, 400),
    ],
)
def test_the_token_endpoint_refuses_in_the_vendors_way(login: str | None, form: dict[str, str], status: int) -> None:
    headers = {"authorization": login} if login else {}
    assert Talk("greenhouse").form("token", form, headers).status == status


def test_a_token_expires(talk: Talk) -> None:
    talk.later(3601)
    assert talk.get("candidates").status == 401


def test_a_token_of_one_account_is_no_good_at_another(talk: Talk) -> None:
    other = Talk("greenhouse", "globex", talk.world, headers=talk.headers)
    assert other.get("candidates").status == 401


def test_a_revoked_account_refuses_tokens_old_and_new(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(revoked=True))
    assert talk.get("candidates").status == 401
    login = basic(LOGIN["client_id"], LOGIN["client_secret"])
    assert talk.form("token", {"grant_type": "client_credentials"}, {"authorization": login}).status == 401


def test_a_candidate_with_its_application_in_one_call(talk: Talk) -> None:
    candidate_id, application_id = created(talk)
    (row,) = value_of(talk.get(f"applications?candidate_ids={candidate_id}&job_ids=7"))
    assert (row["id"], row["status"], row["source_id"]) == (application_id, "in_process", int(LOGIN["source_id"]))
    assert talk.store.applications[str(application_id)].source == "FactoryFix"


def test_nobody_is_deduplicated(talk: Talk) -> None:
    first, second = created(talk), created(talk)
    assert first[0] != second[0]
    assert talk.store.applications_created == {("7", "ana@x.example"): 2}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"first_name": ""}, "first_name"),
        ({"last_name": 5}, "last_name"),
        ({"email_addresses": [{"value": "a@b.example"}]}, "email_addresses[0].type"),
        ({"email_addresses": [{"value": "a@b.example", "type": "home"}]}, "email_addresses[0].type"),
        ({"phone_numbers": "+1555"}, "phone_numbers"),
        ({"applications": [{"job_id": 7}]}, "applications"),
        ({"application": {"job_id": "7"}}, "application.job_id"),
        ({"rating": 5}, "rating"),
    ],
)
def test_a_body_that_is_not_the_vendors_is_422_with_the_field(talk: Talk, change: dict[str, Any], field: str) -> None:
    reply = talk.send("POST", "candidates", {**PERSON, **change})
    assert reply.status == 422
    assert [list(fault) for fault in value_of(reply)["errors"]] == [[field]]
    assert talk.store.candidates == {}


def test_an_unknown_source_or_closed_job_creates_nobody(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("7",), closed_jobs=("8",)))
    for application in ({"job_id": 7, "source_id": 1}, {"job_id": 8}, {"job_id": 9}):
        assert talk.send("POST", "candidates", {**PERSON, "application": application}).status == 422
    assert talk.store.candidates == {}


def test_the_email_filter_is_exact_and_case_blind(talk: Talk) -> None:
    candidate_id, _ = created(talk)
    created(talk, email_addresses=[{"value": "bob@x.example", "type": "work"}])
    assert [row["id"] for row in value_of(talk.get("candidates?email=ANA@x.example"))] == [candidate_id]
    assert value_of(talk.get("candidates?email=ana@x")) == []


def test_a_filter_it_does_not_know_widens_the_read(talk: Talk) -> None:
    created(talk)
    created(talk)
    assert len(value_of(talk.get("candidates?job_id=999&emails=nobody@x.example"))) == 2


def test_status_is_asked_as_active_and_answered_as_in_process(talk: Talk) -> None:
    created(talk)
    assert [row["status"] for row in value_of(talk.get("applications?status=active"))] == ["in_process"]
    assert talk.get("applications?status=in_process").status == 422


def test_a_cursor_travels_alone_and_carries_its_filters(talk: Talk) -> None:
    people = [created(talk)[0] for _ in range(5)]
    created(talk, email_addresses=[])
    found, path = [], "candidates?email=ana@x.example&per_page=2"
    while path:
        reply = talk.get(path)
        found += [row["id"] for row in value_of(reply)]
        link = re.fullmatch(
            r'<http://sandbox\.test/greenhouse/acme/v3/(.*)>; rel="next"', reply.headers.get("link", "")
        )
        path = link[1] if link else ""
        assert not path or talk.get(f"{path}&per_page=2").status == 422
    assert found == people[::-1]


@pytest.mark.parametrize("query", ["per_page=501", "per_page=0", "per_page=x", "ids=" + ",".join("1" * 51), "ids=a"])
def test_limits_of_a_list_are_422(talk: Talk, query: str) -> None:
    assert talk.get(f"candidates?{query}").status == 422


def test_a_user_who_is_no_site_admin_sees_nothing_and_no_error(talk: Talk) -> None:
    created(talk)
    talk.world.set_rules("acme", Rules(site_admin=False))
    reply = talk.get("candidates?email=ana@x.example")
    assert (reply.status, value_of(reply)) == (200, [])


def test_a_lagging_index_hides_what_is_new(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=5))
    candidate_id, application_id = created(talk)
    talk.later(4.9)
    assert value_of(talk.get("candidates?email=ana@x.example")) == []
    assert value_of(talk.get(f"applications?candidate_ids={candidate_id}")) == []
    talk.later(0.1)
    assert value_of(talk.get("candidates?email=ana@x.example"))[0]["id"] == candidate_id
    assert value_of(talk.get(f"applications?candidate_ids={candidate_id}"))[0]["id"] == application_id


def test_a_fresh_record_is_404_for_a_while(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(fresh_404_s=3))
    candidate_id, application_id = created(talk)
    assert talk.send("POST", "applications", {"candidate_id": candidate_id, "job_id": 8}).status == 404
    assert talk.send("POST", "attachments", a_file(application_id)).status == 404
    talk.later(3)
    assert talk.send("POST", "attachments", a_file(application_id)).status == 201


def test_a_second_application_under_the_same_candidate(talk: Talk) -> None:
    candidate_id, _ = created(talk)
    reply = talk.send("POST", "applications", {"candidate_id": candidate_id, "job_id": 8})
    assert (reply.status, value_of(reply)["job_id"]) == (201, 8)
    assert talk.send("POST", "applications", {"candidate_id": 1, "job_id": 8}).status == 404


def test_an_attachment_belongs_to_its_application(talk: Talk) -> None:
    candidate_id, application_id = created(talk)
    row = value_of(talk.send("POST", "attachments", a_file(application_id, visibility="public")))
    assert (row["application_id"], row["candidate_id"], row["visibility"]) == (application_id, candidate_id, "public")
    assert value_of(talk.get(f"attachments?application_ids={application_id}")) == [row]
    assert talk.store.attachments[str(row["id"])].size == len(PDF)


def test_other_is_hidden_from_hiring_managers_unless_said_otherwise(talk: Talk) -> None:
    _, application_id = created(talk)
    assert value_of(talk.send("POST", "attachments", a_file(application_id)))["visibility"] == "admin_only"


def test_a_new_resume_takes_the_place_of_the_old_one(talk: Talk) -> None:
    _, application_id = created(talk)
    for name in ("old.pdf", "new.pdf"):
        talk.send("POST", "attachments", a_file(application_id, type="resume", filename=name))
    rows = value_of(talk.get(f"attachments?application_ids={application_id}"))
    assert {row["filename"]: row["type"] for row in rows} == {"old.pdf": "other", "new.pdf": "resume"}


@pytest.mark.parametrize(
    "change",
    [
        {"content": "not base64!"},
        {"url": "https://x.example/p.pdf"},
        {"type": "profile"},
        {"filename": ""},
        {"content_type": "application/pdf"},
        {"visibility": "everyone"},
    ],
)
def test_an_attachment_that_is_not_the_vendors_is_422(talk: Talk, change: dict[str, Any]) -> None:
    _, application_id = created(talk)
    assert talk.send("POST", "attachments", a_file(application_id, **change)).status == 422
    assert talk.store.attachments == {}


def test_a_file_over_the_accounts_limit_is_422(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    _, application_id = created(talk)
    assert talk.send("POST", "attachments", a_file(application_id)).status == 422


def test_the_rate_window_is_fixed_and_told_on_every_reply(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(rate=Rate(limit=2, window_s=30)))
    seen = [talk.get("sources") for _ in range(3)]
    assert [reply.status for reply in seen] == [200, 200, 429]
    assert [reply.headers["x-ratelimit-remaining"] for reply in seen] == ["1", "0", "0"]
    assert seen[2].headers["retry-after"] == "30"
    assert talk.store.incidents["throttled"] == 1
    talk.later(30)
    assert talk.get("sources").status == 200


def test_a_refused_call_over_the_rate_changes_nothing(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(rate=Rate(limit=1)))
    talk.get("sources")
    assert talk.send("POST", "candidates", PERSON).status == 429
    assert talk.store.candidates == {}


def test_a_missing_scope_is_403(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(forbidden=("create_attachment",)))
    _, application_id = created(talk)
    assert talk.send("POST", "attachments", a_file(application_id)).status == 403


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("PATCH", "/anonymize")])
def test_erasure_leaves_ids_and_counts_but_nobody(talk: Talk, method: str, path: str) -> None:
    candidate_id, application_id = created(talk)
    talk.send("POST", "attachments", a_file(application_id))
    assert talk.send(method, f"candidates/{candidate_id}{path}", {}).status in (200, 204)
    assert value_of(talk.get("candidates?email=ana@x.example")) == []
    assert talk.store.attachments == {}
    assert talk.store.applications_created == {("7", f"erased:{candidate_id}"): 1}


def test_jobs_and_sources_can_be_checked(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(closed_jobs=("8",)))
    rows = value_of(talk.get("jobs?ids=7,8"))
    assert {row["id"]: row["status"] for row in rows} == {7: "open", 8: "closed"}
    assert LOGIN["source_id"] in {str(row["id"]) for row in value_of(talk.get("sources"))}
