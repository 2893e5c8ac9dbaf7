"""Bullhorn: the way in, PUT and POST, the database and the index, and what nobody keeps unique."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.vendors.bullhorn_find import jpql, lucene
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, value_of

LOGIN = credentials("bullhorn")
PERSON = {
    "firstName": "Ana",
    "lastName": "Ruiz",
    "name": "Ana Ruiz",
    "email": "ana@x.example",
    "mobile": "+15550100",
    "source": "FactoryFix",
    "status": "New Lead",
    "externalID": "ff-c1",
}
FIELDS = {"id", "email", "isDeleted", "candidate.id", "jobOrder.id", "customText1"}


@pytest.fixture
def talk() -> Talk:
    return logged_in(Talk("bullhorn"))


def token(talk: Talk, **changes: str) -> Answer:
    query = urlencode({"grant_type": "refresh_token", **LOGIN, **changes})
    return talk.exchange("POST", f"oauth/token?{query}").answer


def logged_in(talk: Talk) -> Talk:
    access_token = value_of(token(talk))["access_token"]
    reply = value_of(talk.exchange("POST", f"login?version=*&access_token={access_token}").answer)
    assert reply["restUrl"] == "http://sandbox.test/bullhorn/acme/rest-services/e999/"
    talk.headers = {"bhresttoken": reply["BhRestToken"]}
    return talk


def put(talk: Talk, entity: str, body: dict[str, Any]) -> Answer:
    return talk.send("PUT", f"e999/entity/{entity}", body)


def created(talk: Talk, **changes: Any) -> int:
    reply = value_of(put(talk, "Candidate", {**PERSON, **changes}))
    assert reply["changeType"] == "INSERT"
    return int(reply["changedEntityId"])


def submitted(talk: Talk, candidate_id: int, job: int = 7, **changes: Any) -> Answer:
    body = {
        "candidate": {"id": candidate_id},
        "jobOrder": {"id": job},
        "status": "New Lead",
        "dateWebResponse": 1_795_000_000_000,
        "source": "FactoryFix",
        "customText1": "ff-a1",
    }
    return put(talk, "JobSubmission", {**body, **changes})


def search(talk: Talk, query: str) -> Any:
    return talk.get(f"e999/search/Candidate?fields=id,email&query={quote(query)}")


def query(talk: Talk, where: str, entity: str = "JobSubmission", fields: str = "id,candidate,jobOrder") -> Answer:
    return talk.get(f"e999/query/{entity}?fields={fields}&where={quote(where)}")


def test_a_refresh_token_works_once() -> None:
    talk = Talk("bullhorn")
    following = value_of(token(talk))["refresh_token"]
    assert token(talk).status == 400
    assert token(talk, refresh_token=following).status == 200


def test_no_session_is_412_and_a_wrong_or_old_one_401(talk: Talk) -> None:
    assert Talk("bullhorn", "acme", talk.world).get("e999/ping").status == 412
    assert Talk("bullhorn", "acme", talk.world, headers={"bhresttoken": "x"}).get("e999/ping").status == 401
    assert talk.get("e999/ping").status == 200
    talk.later(3600)
    assert talk.get("e999/ping").status == 401


@pytest.mark.parametrize("how", ["header", "query", "cookie"])
def test_the_session_may_come_in_three_ways(talk: Talk, how: str) -> None:
    session = talk.headers.pop("bhresttoken")
    headers = {"header": {"bhresttoken": session}, "cookie": {"cookie": f"BhRestToken={session}"}}.get(how, {})
    suffix = f"?BhRestToken={session}" if how == "query" else ""
    assert talk.get(f"e999/ping{suffix}", **headers).status == 200


def test_an_access_token_lives_ten_minutes() -> None:
    talk = Talk("bullhorn")
    access_token = value_of(token(talk))["access_token"]
    talk.later(600)
    assert talk.exchange("POST", f"login?version=*&access_token={access_token}").answer.status == 400


def test_put_creates_and_post_changes(talk: Talk) -> None:
    candidate_id = created(talk)
    assert talk.send("POST", "e999/entity/Candidate", PERSON).status == 405
    reply = talk.send("POST", f"e999/entity/Candidate/{candidate_id}", {"source": "Referral"})
    assert value_of(reply)["changeType"] == "UPDATE"
    row = value_of(talk.get(f"e999/entity/Candidate/{candidate_id}?fields=id,name,source"))["data"]
    assert row == {"id": candidate_id, "name": "Ana Ruiz", "source": "Referral"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"firstName": "x" * 51}, "firstName"),
        ({"mobile": "x" * 21}, "mobile"),
        ({"customText1": "x" * 101}, "customText1"),
        ({"customText41": "x"}, "customText41"),
        ({"rating": 5}, "rating"),
    ],
)
def test_a_body_that_is_not_the_vendors_is_400(talk: Talk, change: dict[str, Any], field: str) -> None:
    reply = put(talk, "Candidate", {**PERSON, **change})
    assert reply.status == 400
    assert value_of(reply)["errors"][0]["propertyName"] == field
    assert talk.store.candidates == {}


def test_name_does_not_fill_itself(talk: Talk) -> None:
    body = {name: value for name, value in PERSON.items() if name != "name"}
    assert put(talk, "Candidate", body).status == 400


def test_nothing_is_unique(talk: Talk) -> None:
    first, second = created(talk), created(talk)
    assert first != second
    for _ in range(2):
        assert submitted(talk, first).status == 200
    assert talk.store.applications_created == {("7", "ana@x.example"): 2}


def test_the_database_knows_at_once_what_the_index_does_not(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=30))
    candidate_id = created(talk)
    submitted(talk, candidate_id)
    assert value_of(search(talk, 'email:"ana@x.example"'))["total"] == 0
    assert value_of(query(talk, "email='ana@x.example'", "Candidate", "id"))["data"] == [{"id": candidate_id}]
    assert value_of(query(talk, f"candidate.id={candidate_id} AND jobOrder.id=7 AND isDeleted=false"))["count"] == 1
    talk.later(30)
    assert value_of(search(talk, 'email:"ANA@x.example" AND isDeleted:0'))["data"][0]["id"] == candidate_id


def test_an_own_key_can_be_asked_for(talk: Talk) -> None:
    submitted(talk, created(talk))
    assert value_of(query(talk, "customText1 = 'ff-a1'"))["data"][0]["jobOrder"] == {"id": 7}
    assert value_of(query(talk, "customText1 = 'ff-a2'"))["data"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("query/JobSubmission?fields=id&where=nonsense", 400),
        ("query/JobSubmission?fields=id&where=salary%3D1", 400),
        ("query/JobSubmission?fields=salary&where=isDeleted%3Dfalse", 404),
        ("query/JobSubmission?where=id%3D1", 200),
        ("query/Lead?fields=id&where=id%3D1", 404),
        ("query/JobSubmission?fields=id", 400),
        ("search/JobSubmission?fields=id&query=id:1", 400),
        ("search/Candidate?fields=id&query=salary:1", 400),
        ("entity/Candidate/1?fields=id", 404),
    ],
)
def test_questions_it_cannot_answer(talk: Talk, path: str, status: int) -> None:
    candidate_id = created(talk)
    submitted(talk, candidate_id)
    assert talk.get(f"e999/{path}").status == status


def test_a_closed_job_takes_submissions_and_says_so_only_when_asked(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(closed_jobs=("7",), known_jobs=("8",)))
    assert submitted(talk, created(talk)).status == 200
    assert talk.store.incidents["submissions_on_closed_jobs"] == 1
    assert value_of(talk.get("e999/entity/JobOrder/7?fields=id,isOpen,status"))["data"]["isOpen"] is False
    assert value_of(talk.get("e999/entity/JobOrder/8?fields=isOpen"))["data"] == {"isOpen": True}
    assert talk.get("e999/entity/JobOrder/9?fields=isOpen").status == 404
    assert submitted(talk, created(talk), 9).status == 400


def a_file(**changes: Any) -> dict[str, Any]:
    content = base64.b64encode(PDF).decode()
    return {"externalID": "ff-a1", "fileContent": content, "fileType": "SAMPLE", "name": "k1.pdf", **changes}


def test_files_belong_to_the_candidate(talk: Talk) -> None:
    candidate_id = created(talk)
    path = f"e999/file/Candidate/{candidate_id}"
    file_id = value_of(talk.send("PUT", path, a_file(contentType="application/pdf", type="Profile")))["fileId"]
    rows = value_of(talk.get(f"e999/entity/Candidate/{candidate_id}/fileAttachments?fields=id,name,externalID"))["data"]
    assert rows == [{"id": file_id, "name": "k1.pdf", "externalID": "ff-a1"}]
    assert value_of(talk.get(f"e999/entityFiles/Candidate/{candidate_id}"))["EntityFiles"][0]["type"] == "Profile"
    assert value_of(talk.exchange("DELETE", f"{path}/{file_id}").answer)["changeType"] == "DELETE"


def test_a_raw_file_is_a_put_of_multipart(talk: Talk) -> None:
    candidate_id = created(talk)
    path = f"e999/file/Candidate/{candidate_id}/raw?externalID=ff-a1&fileType=SAMPLE"
    body = b'--e\r\nContent-Disposition: form-data; name="file"; filename="k.pdf"\r\n\r\n' + PDF + b"\r\n--e--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=e"}
    assert talk.exchange("PUT", path, body, headers).answer.status == 200
    assert talk.exchange("PUT", path.partition("?")[0], body, headers).answer.status == 400
    (file,) = talk.store.attachments.values()
    assert (file.name, file.size, file.application_id) == ("k.pdf", len(PDF), None)


@pytest.mark.parametrize("change", [{"fileType": "PDF"}, {"fileContent": "%"}, {"externalID": ""}, {"size": 1}])
def test_a_file_that_is_not_the_vendors_is_400(talk: Talk, change: dict[str, Any]) -> None:
    assert talk.send("PUT", f"e999/file/Candidate/{created(talk)}", a_file(**change)).status == 400
    assert talk.store.attachments == {}


def test_deletion_leaves_nobody(talk: Talk) -> None:
    candidate_id = created(talk)
    assert value_of(talk.exchange("DELETE", f"e999/entity/Candidate/{candidate_id}").answer)["changeType"] == "DELETE"
    assert value_of(search(talk, "email:ana@x.example AND isDeleted:0"))["total"] == 0


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("id = 1", True),
        ("id=1 AND isDeleted=false", True),
        ("id <> 1 OR customText1 = 'it''s'", True),
        ("NOT (id = 1)", False),
        ("id IN (2, 1)", True),
        ("id IN (2)", False),
        ("customText1 IS NULL", False),
        ("candidate.id IS NULL AND jobOrder.id IS NULL", True),
        ("id > 0 and id <= 1", True),
    ],
)
def test_jpql(text: str, *, matches: bool) -> None:
    assert jpql(text, FIELDS)({"id": 1, "isDeleted": False, "customText1": "it's"}) is matches


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('email:"A@x.example" AND isDeleted:0', True),
        ("(email:b@x.example OR email:a@x.example) AND NOT isDeleted:1", True),
        ("email:a@x AND id:1", False),
        ('customText1:"say \\"hi\\""', True),
    ],
)
def test_lucene(text: str, *, matches: bool) -> None:
    row = {"id": 1, "isDeleted": False, "email": "a@x.example", "customText1": 'say "hi"'}
    assert lucene(text, FIELDS)(row) is matches


@pytest.mark.parametrize(
    "text", ["id =", "id 1", "(id = 1", "id = 1 id", "id = 'x", "id IN 1", "", "salary = 1", "id IS 1"]
)
def test_unreadable_jpql(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        jpql(text, FIELDS)


@pytest.mark.parametrize("text", ["email", "email:", "(email:a", "salary:1", ""])
def test_unreadable_lucene(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        lucene(text, FIELDS)
