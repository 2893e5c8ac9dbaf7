"""Teamtailor: JSON:API, unique addresses, files that are fetched and may never come."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer, Fetched
from tests.unit.sandbox.talk import PDF, Talk, value_of

MEDIA = "application/vnd.api+json"
LINK = "http://127.0.0.1:9/k1.pdf"
PERSON: dict[str, Any] = {"first-name": "Ana", "last-name": "Ruiz", "email": "ana@x.example", "phone": "+15550100"}


@pytest.fixture
def talk() -> Talk:
    key = credentials("teamtailor")["api_key"]
    headers = {"authorization": f"Token token={key}", "x-api-version": "20240904"}
    return Talk("teamtailor", headers=headers, files={LINK: Fetched(content=PDF)})


def write(talk: Talk, kind: str, attributes: Any, media: str = MEDIA, **related: tuple[str, str]) -> Answer:
    data: dict[str, Any] = {"type": kind, "attributes": attributes}
    if related:
        data["relationships"] = {name: {"data": {"type": of, "id": one}} for name, (of, one) in related.items()}
    return talk.send("POST", kind, {"data": data}, {"content-type": media})


def new_person(talk: Talk, **changes: Any) -> str:
    answer = write(talk, "candidates", {**PERSON, **changes})
    assert answer.status == 201
    return str(value_of(answer)["data"]["id"])


def applied(talk: Talk, person: str, job: str = "j1", **attributes: Any) -> Answer:
    return write(talk, "job-applications", attributes, candidate=("candidates", person), job=("jobs", job))


def uploaded(talk: Talk, person: str, **attributes: Any) -> Answer:
    return write(talk, "uploads", {"url": LINK, "file-name": "k1.pdf", **attributes}, candidate=("candidates", person))


def pointers_of(answer: Answer) -> list[str]:
    return [one["source"]["pointer"] for one in value_of(answer)["errors"]]


def test_a_person_an_application_and_a_file(talk: Talk) -> None:
    person = new_person(talk)
    application = value_of(applied(talk, person, **{"referring-url": "https://www.factoryfix.com/"}))["data"]
    row = talk.store.applications[application["id"]]
    assert (row.candidate_id, row.job_id, row.source) == (person, "j1", "Factoryfix")
    assert application["attributes"]["referring-site"] == "Factoryfix"
    upload = value_of(uploaded(talk, person))["data"]
    assert talk.get(upload["attributes"]["url"].partition("/v1/")[2]).body == PDF
    (listed,) = value_of(talk.get(f"candidates/{person}/uploads"))["data"]
    assert (listed["id"], listed["attributes"]["file-name"]) == (upload["id"], "k1.pdf")


def test_an_address_is_unique_unless_it_is_merged(talk: Talk) -> None:
    person = new_person(talk)
    again = write(talk, "candidates", {**PERSON, "first-name": "Bo"})
    assert (again.status, pointers_of(again)) == (422, ["/data/attributes/email"])
    assert "already been taken" in value_of(again)["errors"][0]["detail"]
    assert new_person(talk, **{"first-name": "Bo", "merge": True}) == person
    assert talk.store.candidates[person].first_name == "Bo"
    assert talk.store.incidents["people_overwritten"] == 1


def test_an_address_is_needed_unless_sourced(talk: Talk) -> None:
    without = {name: value for name, value in PERSON.items() if name != "email"}
    answer = write(talk, "candidates", without)
    assert (answer.status, pointers_of(answer)) == (422, ["/data/attributes/email"])
    assert "blank" in value_of(answer)["errors"][0]["detail"]
    assert write(talk, "candidates", {**without, "sourced": True}).status == 201


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({**PERSON, "rating": 5}, 400),
        ({**PERSON, "referring-site": "FactoryFix"}, 400),
        ({**PERSON, "tags": "x"}, 422),
        ({**PERSON, "pitch": "x" * 141}, 422),
    ],
)
def test_attributes_are_those_of_the_documentation(talk: Talk, attributes: Any, status: int) -> None:
    assert write(talk, "candidates", attributes).status == status
    assert talk.store.candidates == {}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [("authorization", "Bearer x", 401), ("x-api-version", "", 406), ("x-api-version", "latest", 406)],
)
def test_every_call_has_its_key_and_a_version(talk: Talk, name: str, value: str, status: int) -> None:
    talk.headers[name] = value
    assert talk.get("candidates").status == status


def test_a_write_of_another_media_type_is_refused(talk: Talk) -> None:
    assert write(talk, "candidates", PERSON, media="application/json").status == 415
    assert talk.get("candidates").headers["content-type"] == MEDIA


def test_revoked_and_forbidden(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(forbidden=("create_candidate",)))
    assert write(talk, "candidates", PERSON).status == 403
    talk.world.set_rules("acme", Rules(revoked=True))
    assert talk.get("candidates").status == 401


def test_mails_are_counted(talk: Talk) -> None:
    person = new_person(talk, **{"send-welcome-message": True})
    loud: dict[str, Any] = {"send-default-reply": True, "send-user-notifications": True}
    silent: dict[str, Any] = {"send-default-reply": False, "send-user-notifications": False}
    applied(talk, person, "j1", **loud)
    applied(talk, person, "j2", **silent)
    assert talk.store.incidents == {"mails_to_candidates": 2, "mails_to_users": 1}


def test_an_application_needs_a_person_and_a_job_there_are(talk: Talk) -> None:
    person = new_person(talk)
    talk.world.set_rules("acme", Rules(known_jobs=("j1",), closed_jobs=("j2",)))
    assert applied(talk, "nobody").status == 404
    assert applied(talk, person, "j3").status == 404
    assert write(talk, "job-applications", {}, candidate=("candidates", person)).status == 422
    assert (applied(talk, person, "j2").status, talk.store.incidents["archived_jobs_taken"]) == (201, 1)
    states = [value_of(talk.get(f"jobs/{job}")).get("data", {}).get("attributes") for job in ("j1", "j2", "j3")]
    assert [one and one["status"] for one in states] == ["open", "archived", None]


def test_a_repeat_is_a_second_application_unless_refused(talk: Talk) -> None:
    person = new_person(talk)
    applied(talk, person)
    applied(talk, person)
    assert talk.store.applications_created == {("j1", "ana@x.example"): 2}
    talk.world.set_rules("acme", Rules(refuses_repeats=True))
    assert applied(talk, person).status == 422


@pytest.mark.parametrize("found", [Fetched(why="HTTP 404"), None])
def test_a_file_that_cannot_be_fetched_stays_without_an_address(talk: Talk, found: Fetched | None) -> None:
    person = new_person(talk)
    talk.files = {} if found is None else {LINK: found}
    answer = uploaded(talk, person)
    assert (answer.status, value_of(answer)["data"]["attributes"]["url"]) == (201, None)
    talk.later(3600)
    (listed,) = value_of(talk.get(f"candidates/{person}/uploads"))["data"]
    assert listed["attributes"]["url"] is None


def test_a_file_beyond_the_limit_does_not_come(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert value_of(uploaded(talk, new_person(talk)))["data"]["attributes"]["url"] is None


def test_a_file_may_come_later(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(fresh_404_s=60))
    person = new_person(talk)
    assert value_of(uploaded(talk, person))["data"]["attributes"]["url"] is None
    talk.later(60)
    (listed,) = value_of(talk.get(f"candidates/{person}/uploads"))["data"]
    assert listed["attributes"]["url"]


def test_related_ids_are_shown_where_they_are_included(talk: Talk) -> None:
    person = new_person(talk)
    applied(talk, person)
    (bare,) = value_of(talk.get(f"candidates/{person}/job-applications"))["data"]
    assert "data" not in bare["relationships"]["job"]
    (whole,) = value_of(talk.get(f"candidates/{person}/job-applications?include=job"))["data"]
    assert whole["relationships"]["job"]["data"] == {"type": "jobs", "id": "j1"}
    assert talk.get("candidates/nobody/job-applications").status == 404


def test_people_are_found_by_address_and_paged_with_links(talk: Talk) -> None:
    for number in range(3):
        new_person(talk, email=f"p{number}@x.example")
    (row,) = value_of(talk.get("candidates?filter[email]=P1@x.example"))["data"]
    assert row["attributes"]["email"] == "p1@x.example"
    first = value_of(talk.get("candidates?page[size]=2"))
    assert (len(first["data"]), first["meta"]) == (2, {"record-count": 3, "page-count": 2})
    last = value_of(talk.get(first["links"]["next"].partition("/v1/")[2]))
    assert (len(last["data"]), "next" in last["links"]) == (1, False)
    assert talk.get("candidates?page[size]=31").status == 400


def test_listings_lag_where_they_are_told_to(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=60))
    new_person(talk)
    assert value_of(talk.get("candidates?filter[email]=ana@x.example"))["data"] == []
    talk.later(60)
    assert len(value_of(talk.get("candidates?filter[email]=ana@x.example"))["data"]) == 1
