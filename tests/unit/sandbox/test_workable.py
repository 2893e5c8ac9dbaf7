"""Workable: a candidate per job, the PDF in the create, and mail for who forgets to say `sourced`."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from adapters.sandbox import Rate, Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, value_of

PERSON = {
    "firstname": "Ana",
    "lastname": "Ruiz",
    "email": "ana@x.example",
    "phone": "+15550100",
    "tags": ["FactoryFix"],
    "resume": {"name": "k1.pdf", "data": base64.b64encode(PDF).decode()},
}


@pytest.fixture
def talk() -> Talk:
    return Talk("workable", headers={"authorization": f"Bearer {credentials('workable')['access_token']}"})


def created(talk: Talk, job: str = "J1", *, sourced: bool | None = True, **changes: Any) -> Answer:
    said = {} if sourced is None else {"sourced": sourced}
    return talk.send("POST", f"jobs/{job}/candidates", {**said, "candidate": {**PERSON, **changes}})


def test_a_candidate_belongs_to_one_job_and_holds_the_file(talk: Talk) -> None:
    row = value_of(created(talk))["candidate"]
    assert (row["job"]["shortcode"], row["outlet"], row["tags"]) == ("J1", "SPI", ["FactoryFix"])
    assert [one["name"] for one in value_of(talk.get(f"candidates/{row['id']}/files"))["files"]] == ["k1.pdf"]
    assert value_of(talk.get(f"candidates/{row['id']}"))["candidate"] == row
    assert talk.get("candidates/zz").status == 404


def test_a_repeat_and_another_job_are_other_candidates(talk: Talk) -> None:
    for job in ("J1", "J1", "J2"):
        created(talk, job)
    assert len(talk.store.candidates) == 3
    assert talk.store.applications_created == {("J1", "ana@x.example"): 2, ("J2", "ana@x.example"): 1}


@pytest.mark.parametrize(("sourced", "mails"), [(True, 0), (None, 0), (False, 1)])
def test_who_is_not_sourced_gets_a_mail(talk: Talk, *, sourced: bool | None, mails: int) -> None:
    created(talk, sourced=sourced)
    assert talk.store.incidents["mails_to_candidates"] == mails


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": ""}, "email"),
        ({"firstname": 5}, "firstname"),
        ({"first_name": "Ana"}, "first_name"),
        ({"resume": {"name": "k.pdf", "data": "%"}}, "resume.data"),
        ({"resume_url": "https://x.example/k.pdf"}, "resume_url"),
        ({"tags": "FactoryFix"}, "tags"),
    ],
)
def test_a_body_that_is_not_the_vendors_is_422_with_the_field(talk: Talk, change: dict[str, Any], field: str) -> None:
    reply = created(talk, **change)
    assert (reply.status, list(value_of(reply)["validation_errors"])) == (422, [field])
    assert talk.store.candidates == {}


def test_a_file_over_the_accounts_limit_is_422(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    assert list(value_of(created(talk))["validation_errors"]) == ["resume"]


def test_a_401_is_nested_and_has_no_rate_headers(talk: Talk) -> None:
    talk.headers = {"authorization": "Bearer wrong"}
    reply = talk.get("candidates")
    assert value_of(reply)["error"]["error"]["error"]["name"] == "unauthorized"
    assert "x-rate-limit-limit" not in reply.headers


def test_the_rate_is_told_and_kept(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(rate=Rate(limit=1, window_s=10)))
    assert talk.get("candidates").headers["x-rate-limit-remaining"] == "0"
    assert created(talk).status == 429
    assert talk.store.candidates == {}


def test_already_there_is_asked_by_email_and_job(talk: Talk) -> None:
    numbers = [value_of(created(talk, job))["candidate"]["id"] for job in ("J1", "J2")]
    found = value_of(talk.get("candidates?email=ANA@x.example&shortcode=J2"))["candidates"]
    assert [row["id"] for row in found] == numbers[1:]
    assert len(value_of(talk.get("candidates?email=ana@x.example"))["candidates"]) == 2
    assert value_of(talk.get("jobs/J1/candidates?email=bob@x.example"))["candidates"] == []


def test_paging_follows_an_address(talk: Talk) -> None:
    numbers = [value_of(created(talk))["candidate"]["id"] for _ in range(3)]
    first = value_of(talk.get("candidates?email=ana@x.example&limit=2"))
    path = first["paging"]["next"].removeprefix("http://sandbox.test/workable/acme/spi/v3/")
    second = value_of(talk.get(path))
    assert [row["id"] for row in first["candidates"] + second["candidates"]] == numbers
    assert second["paging"] == {}


def test_a_closed_job_takes_nobody_and_says_so(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("J2",), closed_jobs=("J1",)))
    assert [created(talk, job).status for job in ("J1", "J2", "J3")] == [422, 201, 404]
    assert value_of(talk.get("jobs/J1"))["state"] == "archived"


def test_a_later_file_rides_on_a_comment(talk: Talk) -> None:
    number = value_of(created(talk))["candidate"]["id"]
    (member,) = value_of(talk.get("members"))["members"]
    comment = {"body": "key k2", "attachment": {"name": "k2.pdf", "data": base64.b64encode(PDF).decode()}}
    body = {"member_id": member["id"], "comment": comment}
    assert talk.send("POST", f"candidates/{number}/comments", body).status == 201
    (activity,) = value_of(talk.get(f"candidates/{number}/activities?actions=comment"))["activities"]
    assert (activity["action"], activity["body"]) == ("comment", "key k2")
    assert [file.name for file in talk.store.attachments.values()] == ["k1.pdf", "k2.pdf"]
    for wrong in ({**body, "member_id": "x"}, {**body, "comment": {}}, {"comment": comment}):
        assert talk.send("POST", f"candidates/{number}/comments", wrong).status == 422
