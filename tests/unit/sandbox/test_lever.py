"""Lever: one person, many opportunities; every write signed; what is confidential does not show by itself."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, basic, value_of

LOGIN = credentials("lever")
SIGNED = f"perform_as={LOGIN['perform_as']}"
PERSON = {"name": "Ana Ruiz", "emails": ["ana@x.example"], "phones": [{"type": "mobile", "value": "+15550100"}]}


@pytest.fixture
def talk() -> Talk:
    return Talk("lever", headers={"authorization": basic(LOGIN["api_key"], "")})


def created(talk: Talk, posting: str = "p1", **changes: Any) -> Answer:
    body = {**PERSON, "postings": [posting], "sources": ["FactoryFix"], "origin": "sourced", **changes}
    return talk.send("POST", f"opportunities?{SIGNED}", body)


def test_a_new_person_is_not_deduped_and_a_known_one_is(talk: Talk) -> None:
    first, second = value_of(created(talk)), value_of(created(talk, "p2", emails=["ANA@x.example"]))
    assert "deduped" not in first
    assert second["deduped"] is True
    assert first["data"]["contact"] == second["data"]["contact"]
    assert first["data"]["id"] != second["data"]["id"]


def test_a_repeat_makes_a_second_opportunity(talk: Talk) -> None:
    created(talk)
    created(talk)
    assert len(talk.store.candidates) == 1
    assert talk.store.applications_created == {("p1", "ana@x.example"): 2}


def test_the_old_data_of_a_known_person_stay(talk: Talk) -> None:
    created(talk)
    again = value_of(created(talk, name="Anna R.", phones=[{"value": "+15559999"}]))["data"]
    assert (again["name"], again["phones"][0]["value"]) == ("Ana Ruiz", "+15550100")


def test_a_write_without_a_signature_is_refused(talk: Talk) -> None:
    for query in ("", "?perform_as=", "?perform_as=somebody"):
        assert talk.send("POST", f"opportunities{query}", PERSON).status == 400
    assert talk.store.candidates == {}


def test_wrong_or_revoked_keys_are_401(talk: Talk) -> None:
    talk.world.set_rules("globex", Rules(revoked=True))
    assert Talk("lever", "globex", talk.world, headers=talk.headers).get("users").status == 401
    talk.headers = {"authorization": basic("wrong", "")}
    assert value_of(talk.get("users"))["code"] == "Unauthorized"


@pytest.mark.parametrize(
    "change",
    [
        {"emails": "ana@x.example"},
        {"phones": ["+1555"]},
        {"postings": ["p1", "p2"]},
        {"origin": "factoryfix"},
        {"email": "ana@x.example"},
        {"createdAt": "today"},
    ],
)
def test_a_body_that_is_not_the_vendors_is_400(talk: Talk, change: dict[str, Any]) -> None:
    reply = created(talk, **change)
    assert (reply.status, value_of(reply)["code"]) == (400, "BadRequestError")
    assert talk.store.candidates == {}


def test_a_closed_posting_is_refused_and_says_so_when_asked(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(closed_jobs=("p1",), known_jobs=("p2",)))
    assert created(talk).status == 400
    assert value_of(talk.get("postings/p1"))["data"]["state"] == "closed"
    assert value_of(talk.get("postings/p2"))["data"]["state"] == "published"
    assert talk.get("postings/p3").status == 404


def test_already_there_is_asked_by_email_and_posting(talk: Talk) -> None:
    created(talk)
    created(talk, "p2")
    (found,) = value_of(talk.get("opportunities?email=ana@x.example&posting_id=p2"))["data"]
    (application,) = value_of(talk.get(f"opportunities/{found['id']}/applications"))["data"]
    assert (application["posting"], found["applications"]) == ("p2", [application["id"]])
    assert value_of(talk.get("opportunities?email=bob@x.example"))["data"] == []


def test_confidential_ones_show_only_when_asked_for(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(confidential_jobs=("p1",)))
    created(talk)
    assert value_of(talk.get("opportunities?email=ana@x.example"))["data"] == []
    assert len(value_of(talk.get("opportunities?email=ana@x.example&confidentiality=all"))["data"]) == 1


def test_offset_is_a_token(talk: Talk) -> None:
    for number in range(3):
        created(talk, f"p{number}")
    first = value_of(talk.get("opportunities?limit=2&expand=applications"))
    second = value_of(talk.get(f"opportunities?limit=2&expand=applications&offset={first['next']}"))
    postings = [row["applications"][0]["posting"] for row in first["data"] + second["data"]]
    assert postings == ["p2", "p1", "p0"]
    assert (first["hasNext"], second["hasNext"]) == (True, False)
    assert talk.get("opportunities?offset=2").status == 400
    assert talk.get("opportunities?limit=101").status == 400


def test_files_belong_to_the_opportunity_and_are_not_deduplicated(talk: Talk) -> None:
    path = f"opportunities/{value_of(created(talk))['data']['id']}/files"
    rows = [value_of(talk.upload(f"{path}?{SIGNED}", "file", "k1.pdf"))["data"] for _ in range(2)]
    assert value_of(talk.get(path))["data"] == rows
    assert [row["name"] for row in rows] == ["k1.pdf", "k1.pdf"]
    assert talk.exchange("DELETE", f"{path}/{rows[0]['id']}?{SIGNED}").answer.status == 204
    assert value_of(talk.get(path))["data"] == rows[1:]


def test_a_file_that_is_not_the_vendors_is_refused(talk: Talk) -> None:
    path = f"opportunities/{value_of(created(talk))['data']['id']}/files"
    assert talk.upload(path, "file", "k1.pdf").status == 400
    assert talk.upload(f"{path}?{SIGNED}", "resume", "k1.pdf").status == 400
    assert talk.upload(f"opportunities/1/files?{SIGNED}", "file", "k1.pdf").status == 404
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert talk.upload(f"{path}?{SIGNED}", "file", "k1.pdf").status == 413


def test_the_acting_user_can_be_looked_up(talk: Talk) -> None:
    assert value_of(talk.get(f"users/{LOGIN['perform_as']}"))["data"]["deactivatedAt"] is None
    assert talk.get("users/somebody").status == 404


def test_sources_can_be_added_later(talk: Talk) -> None:
    opportunity = value_of(created(talk, sources=["Referral"]))["data"]["id"]
    reply = talk.send("POST", f"opportunities/{opportunity}/addSources?{SIGNED}", {"sources": ["FactoryFix"]})
    assert value_of(reply)["data"]["sources"] == ["Referral", "FactoryFix"]
