"""The webhook endpoint: who may speak, what counts as the same message, and what it leaves behind."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, START, Talk, signed, value_of

SECRET = credentials("webhook")["secret"]


def message(key: str = "k1", application_id: str = "app-1", **changes: Any) -> dict[str, Any]:
    data = {
        "key": key,
        "application_id": application_id,
        "source": "FactoryFix",
        "profile_url": "https://factoryfix.example/p/1",
        "candidate": {"id": "c1", "first_name": "Zoë", "last_name": "Ng", "email": "zoe@x.example", "phone": None},
        "job": {"id": "j1", "title": "Welder", "ats_job_id": "77"},
        "attachment": {
            "file_name": f"{key}.pdf",
            "content_type": "application/pdf",
            "sha256": hashlib.sha256(PDF).hexdigest(),
            "content_base64": base64.b64encode(PDF).decode(),
        },
    }
    return {"type": "application.created", "timestamp": "2026-11-23T09:00:00Z", "data": {**data, **changes}}


def deliver(talk: Talk, value: dict[str, Any], secret: str = SECRET, *, message_id: str | None = None) -> Answer:
    body = json.dumps(value).encode()
    return talk.exchange("POST", "", body, signed(secret, message_id or value["data"]["key"], talk.now, body)).answer


@pytest.fixture
def talk() -> Talk:
    return Talk("webhook")


def test_a_signed_message_leaves_candidate_application_and_attachment(talk: Talk) -> None:
    reply = deliver(talk, message())
    assert reply.status == 200
    ids = value_of(reply)
    application = talk.store.applications[ids["id"]]
    assert (application.job_id, application.source, application.key) == ("77", "FactoryFix", "k1")
    assert talk.store.candidates[ids["candidate_id"]].emails == ["zoe@x.example"]
    assert talk.world.blobs.get(talk.store.attachments[ids["attachment_id"]].sha256) == PDF


def test_the_same_id_takes_effect_once_and_answers_the_same(talk: Talk) -> None:
    first, second = deliver(talk, message()), deliver(talk, message())
    assert first == second
    assert len(talk.store.applications) == 1
    assert talk.store.incidents["repeated_id"] == 1
    assert talk.store.incidents["repeated_id_with_another_body"] == 0


def test_the_same_id_with_another_body_is_counted_and_ignored(talk: Talk) -> None:
    deliver(talk, message())
    deliver(talk, message(profile_url=None))
    assert talk.store.incidents["repeated_id_with_another_body"] == 1
    assert len(talk.store.applications) == 1


def test_the_oracle_sees_one_application_sent_under_two_ids(talk: Talk) -> None:
    deliver(talk, message("k1"))
    deliver(talk, message("k2"))
    assert talk.store.applications_created == {("77", "app-1"): 2}


@pytest.mark.parametrize("shift_s", [301, -301])
def test_a_timestamp_beyond_five_minutes_is_refused(talk: Talk, shift_s: int) -> None:
    body = json.dumps(message()).encode()
    reply = talk.exchange("POST", "", body, signed(SECRET, "k1", START + timedelta(seconds=shift_s), body)).answer
    assert reply.status == 401
    assert talk.store.applications == {}


def test_a_wrong_secret_is_refused(talk: Talk) -> None:
    wrong = "whsec_" + base64.b64encode(b"some other secret of length").decode()
    assert deliver(talk, message(), wrong).status == 401


def test_one_good_signature_among_several_suffices(talk: Talk) -> None:
    body = json.dumps(message()).encode()
    headers = signed(SECRET, "k1", talk.now, body)
    headers["webhook-signature"] = "v1,AAAA v1a,BBBB " + headers["webhook-signature"]
    assert talk.exchange("POST", "", body, headers).answer.status == 200


def test_a_changed_body_breaks_the_signature(talk: Talk) -> None:
    body = json.dumps(message()).encode()
    assert talk.exchange("POST", "", body + b" ", signed(SECRET, "k1", talk.now, body)).answer.status == 401


@pytest.mark.parametrize("missing", ["key", "application_id", "source", "candidate", "job", "attachment"])
def test_a_missing_field_is_named(talk: Talk, missing: str) -> None:
    value = message()
    del value["data"][missing]
    reply = deliver(talk, value, message_id="k1")
    assert reply.status == 400
    assert value_of(reply)["fields"][0]["field"] == f"data.{missing}"


def test_the_key_in_the_body_is_the_id_of_the_message(talk: Talk) -> None:
    assert deliver(talk, message("k1"), message_id="k2").status == 400
    assert talk.store.applications == {}


def test_a_digest_that_is_not_the_files_is_refused(talk: Talk) -> None:
    value = message()
    value["data"]["attachment"]["sha256"] = "0" * 64
    assert deliver(talk, value).status == 400


def test_an_update_adds_its_file_to_the_application_of_the_create(talk: Talk) -> None:
    deliver(talk, message("k1"))
    value = message("k2") | {"type": "application.updated"}
    assert deliver(talk, value).status == 200
    (application,) = talk.store.applications.values()
    assert [file.name for file in talk.store.files_of(application.id)] == ["k1.pdf", "k2.pdf"]


def test_an_erasure_leaves_no_personal_data(talk: Talk) -> None:
    deliver(talk, message("k1"))
    erasure = message("k2", attachment=None, candidate={"id": "c1"}) | {"type": "application.erased"}
    assert deliver(talk, erasure).status == 200
    (candidate,) = talk.store.candidates.values()
    assert candidate.erased_at == talk.now
    assert (candidate.first_name, candidate.emails, candidate.phones) == ("", [], [])
    assert talk.store.attachments == {}


def test_a_closed_job_is_refused_and_an_unknown_one_too(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("1",), closed_jobs=("77",)))
    assert value_of(deliver(talk, message()))["error"] == "job_closed"
    other = message("k2", job={"id": "j", "title": "", "ats_job_id": "99"})
    assert value_of(deliver(talk, other))["error"] == "job_unknown"


def test_an_account_may_have_a_secret_of_its_own(talk: Talk) -> None:
    own = "whsec_" + base64.b64encode(b"the secret of this account only").decode()
    talk.world.set_rules("acme", Rules(credentials={"secret": own}))
    assert deliver(talk, message()).status == 401
    assert deliver(talk, message(), own).status == 200
