"""Zoho Recruit: an answer for each record inside a 2xx, merging by e-mail, hidden people, workflows, few log-ins."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox import Rules, credentials
from adapters.sandbox.wire import Answer
from tests.unit.sandbox.talk import PDF, Talk, new_world, value_of

ANA = {"First_Name": "Ana", "Last_Name": "Ruiz", "Email": "ana@x.example", "Source": "FactoryFix"}


@pytest.fixture
def talk() -> Talk:
    talk = Talk("zohorecruit")
    talk.headers["authorization"] = f"Zoho-oauthtoken {value_of(granted(talk))['access_token']}"
    return talk


def granted(talk: Talk, **changes: str) -> Answer:
    return talk.form("oauth/v2/token", {"grant_type": "refresh_token", **credentials("zohorecruit"), **changes})


def upserted(talk: Talk, **changes: Any) -> dict[str, Any]:
    body = {"data": [{**ANA, **changes}], "duplicate_check_fields": ["Email"], "trigger": []}
    (entry,) = value_of(talk.send("POST", "Candidates/upsert", body))["data"]
    found: dict[str, Any] = entry
    return found


def associated(talk: Talk, candidate: str, job: str = "7") -> dict[str, Any]:
    body = {"data": [{"ids": [candidate], "jobids": [job], "comments": "x"}]}
    (entry,) = value_of(talk.send("PUT", "Candidates/actions/associate", body))["data"]
    found: dict[str, Any] = entry
    return found


def searched(talk: Talk, criteria: str, more: str = "") -> list[str]:
    answer = talk.get(f"Candidates/search?criteria={criteria}{more}")
    return [] if answer.status == 204 else [row["Last_Name"] for row in value_of(answer)["data"]]


def attached(talk: Talk, candidate: str, name: str = "k1.pdf", query: str = "?attachments_category=Others") -> Answer:
    return talk.upload(f"Candidates/{candidate}/Attachments{query}", "file", name)


# --- the door ---


def test_a_wrong_grant_is_refused_with_200(talk: Talk) -> None:
    for change in ({"client_secret": "x"}, {"refresh_token": "x"}, {"grant_type": "password"}):
        answer = granted(talk, **change)
        assert answer.status == 200
        assert value_of(answer).keys() == {"error"}


def test_the_refresh_token_stays_and_ten_tokens_are_enough(talk: Talk) -> None:
    assert {granted(talk).status for _ in range(9)} == {200}
    blocked = granted(talk)
    assert (blocked.status, value_of(blocked)["error"]) == (400, "Access Denied")
    talk.later(601)
    assert "access_token" in value_of(granted(talk))


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "AUTHENTICATION_FAILURE"), ("Basic x", "AUTHENTICATION_FAILURE"), ("Bearer x", "INVALID_TOKEN")],
)
def test_credentials_are_asked_for(talk: Talk, header: str, code: str) -> None:
    talk.headers["authorization"] = header
    answer = talk.get("Candidates")
    assert (answer.status, value_of(answer)["code"]) == (401, code)


def test_a_token_ends_after_its_hour(talk: Talk) -> None:
    talk.later(3601)
    assert talk.get("Candidates").status == 401


# --- people ---


def test_one_email_is_one_person_and_what_is_sent_stands(talk: Talk) -> None:
    first, second = upserted(talk), upserted(talk, Email="ANA@x.example", First_Name="Anna", Source="Seek")
    assert (first["action"], second["action"], second["duplicate_field"]) == ("insert", "update", "Email")
    assert first["details"]["id"] == second["details"]["id"]
    (person,) = talk.store.candidates.values()
    assert (person.first_name, person.source) == ("Anna", "Seek")
    assert talk.store.incidents["sources_overwritten"] == 1


def test_the_database_knows_what_the_search_does_not_show_yet(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(lookup_lag_s=60))
    upserted(talk)
    assert searched(talk, "(Email:equals:ana@x.example)") == []
    assert upserted(talk)["action"] == "update"


def test_fields_the_employer_made_unique_merge_strangers(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(refuses_repeats=True))
    upserted(talk, Mobile="+15550100")
    other = upserted(talk, Email="bo@x.example", Mobile="+15550100")
    assert (other["action"], other["duplicate_field"]) == ("update", "Mobile")
    third = upserted(talk, Email="cy@x.example")
    refused = talk.send("PUT", f"Candidates/{third['details']['id']}", {"data": [{"Mobile": "+15550100"}]})
    assert value_of(refused)["data"][0]["code"] == "DUPLICATE_DATA"


def test_an_insert_is_refused_only_where_the_field_is_unique(talk: Talk) -> None:
    for rules, people in ((Rules(), 2), (Rules(refuses_repeats=True), 2)):
        talk.world.set_rules("acme", rules)
        answers = [talk.send("POST", "Candidates", {"data": [ANA]}) for _ in range(2)]
        assert len(talk.store.candidates) == people
    assert value_of(answers[-1])["data"][0]["code"] == "DUPLICATE_DATA"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Last_Name": None}, "INVALID_DATA"),
        ({"Last_Name": " "}, "MANDATORY_NOT_FOUND"),
        ({"First_Name": "x" * 41}, "INVALID_DATA"),
        ({"Mobile": 15550100}, "INVALID_DATA"),
    ],
)
def test_refusals_come_inside_a_2xx(talk: Talk, change: dict[str, Any], code: str) -> None:
    body = {"data": [{**ANA, **change}], "trigger": []}
    answer = talk.send("POST", "Candidates/upsert", body)
    assert answer.status == 202
    (entry,) = value_of(answer)["data"]
    assert (entry["status"], entry["code"]) == ("error", code)
    assert talk.store.candidates == {}


def test_unknown_fields_are_ignored_and_counted(talk: Talk) -> None:
    assert upserted(talk, rating="5")["status"] == "success"
    assert talk.store.incidents["ignored_fields"] == 1


@pytest.mark.parametrize("body", [[], {}, {"data": []}, {"data": [ANA] * 101}, {"data": [ANA], "trigger": ["mail"]}])
def test_a_request_that_is_none_is_400(talk: Talk, body: Any) -> None:
    assert talk.send("POST", "Candidates/upsert", body).status == 400


def test_workflows_run_unless_told_not_to(talk: Talk) -> None:
    upserted(talk)
    assert talk.store.incidents["workflows"] == 0
    talk.send("POST", "Candidates/upsert", {"data": [ANA]})
    person = next(iter(talk.store.candidates))
    talk.exchange("DELETE", f"Candidates?ids={person}")
    assert talk.store.incidents["workflows"] == 2


def test_the_search_hides_who_is_converted_or_waits_for_approval(talk: Talk) -> None:
    for name, hidden in (("Ruiz", {}), ("Poe", {"$converted": True}), ("Fox", {"$approved": False})):
        person = upserted(talk, Last_Name=name, Email=f"{name}@x.example")["details"]["id"]
        talk.store.candidates[person].extra.update(hidden)
    assert searched(talk, "(First_Name:equals:Ana)") == ["Ruiz"]
    assert searched(talk, "(First_Name:equals:Ana)", "&converted=both&approved=both") == ["Ruiz", "Poe", "Fox"]
    assert searched(talk, "(First_Name:equals:Ana)", "&converted=true") == ["Poe"]


def test_criteria_are_joined_escaped_and_checked(talk: Talk) -> None:
    upserted(talk, Last_Name="Burns,B")
    assert searched(talk, "((Last_Name:equals:Burns\\,B)and(First_Name:starts_with:A))") == ["Burns,B"]
    assert searched(talk, "((Last_Name:equals:x)or(First_Name:starts_with:A))") == ["Burns,B"]
    for wrong in ("Email:equals:x", "(Email:contains:x)", "(Nickname:equals:x)", "(Email:equals:a,b)"):
        assert talk.get(f"Candidates/search?criteria={wrong}").status == 400


def test_none_is_204(talk: Talk) -> None:
    for path in ("Candidates", "Candidates/1", "Candidates/search?email=x", "Candidates/1/associate"):
        assert talk.get(path).status == 204


# --- jobs and files ---


def test_a_second_association_is_refused_inside_a_failure(talk: Talk) -> None:
    person = upserted(talk)["details"]["id"]
    assert associated(talk, person)["code"] == "SUCCESS"
    again = associated(talk, person)
    assert (again["code"], again["details"]["error"][0]["code"]) == ("FAILURE", "ALREADY_ASSOCIATED")
    assert len(talk.store.applications) == 1
    (job,) = value_of(talk.get(f"Candidates/{person}/associate"))["data"]
    assert job["id"] == "7"


def test_an_unknown_job_is_refused_and_a_closed_one_takes_people(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(known_jobs=("7",), closed_jobs=("8",)))
    person = upserted(talk)["details"]["id"]
    assert associated(talk, person, "9")["code"] == "FAILURE"
    assert associated(talk, person, "8")["code"] == "SUCCESS"
    assert talk.store.incidents["submissions_on_closed_jobs"] == 1
    states = [value_of(talk.get(f"Job_Openings/{job}"))["data"][0]["Job_Opening_Status"] for job in ("7", "8")]
    assert states == ["In-progress", "Filled"]
    assert talk.get("Job_Openings/9").status == 204
    assert value_of(talk.get("JobOpenings/7"))["code"] == "INVALID_MODULE"


def test_files_want_a_category_and_are_listed_page_by_page(talk: Talk) -> None:
    person = upserted(talk)["details"]["id"]
    assert attached(talk, person, query="").status == 400
    assert attached(talk, person, "k1.exe").status == 400
    assert [attached(talk, person, f"k{number}.pdf").status for number in range(3)] == [200] * 3
    talk.world.set_rules("acme", Rules(page_size=2))
    first = value_of(talk.get(f"Candidates/{person}/Attachments"))
    assert ([row["File_Name"] for row in first["data"]], first["info"]["more_records"]) == (["k0.pdf", "k1.pdf"], True)
    (last,) = value_of(talk.get(f"Candidates/{person}/Attachments?page=2"))["data"]
    assert talk.get(f"Candidates/{person}/Attachments/{last['id']}").body == PDF
    talk.exchange("DELETE", f"Candidates/{person}/Attachments/{last['id']}")
    assert talk.get(f"Candidates/{person}/Attachments?page=2").status == 204


def test_a_file_has_a_size(talk: Talk) -> None:
    talk.world.set_rules("acme", Rules(max_attachment_bytes=len(PDF) - 1))
    person = upserted(talk)["details"]["id"]
    assert attached(talk, person).status == 400


def test_who_is_deleted_is_gone_and_deleting_again_is_told(talk: Talk) -> None:
    person = upserted(talk)["details"]["id"]
    codes = [
        value_of(talk.exchange("DELETE", f"Candidates/{person}?wf_trigger=false").answer)["data"][0]["code"]
        for _ in "ab"
    ]
    assert codes == ["SUCCESS", "INVALID_DATA"]
    assert searched(talk, "(Email:equals:ana@x.example)") == []


def test_two_accounts_share_nothing() -> None:
    world = new_world()
    for account in ("acme", "bolt"):
        talk = Talk("zohorecruit", account, world)
        talk.headers["authorization"] = f"Zoho-oauthtoken {value_of(granted(talk))['access_token']}"
        assert upserted(talk)["action"] == "insert"
