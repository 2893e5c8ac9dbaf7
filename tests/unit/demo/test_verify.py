"""The comparison sees every kind of difference: a world made to measure passes, and each single change to it fails."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.demo.manifest import JOINS_BY_EMAIL, Manifest
from app.demo.values import Expected
from app.demo.verify import Found, brief, differences, placed
from app.ledger.standing import Standing
from tests.unit.demo.histories import told

MANIFEST = told().manifest


@pytest.fixture
def found() -> Found:
    return made_to_measure(MANIFEST)


def test_a_world_made_to_measure_has_no_difference(found: Found) -> None:
    assert differences(MANIFEST, found) == []


def test_a_lost_application(found: Found) -> None:
    lost = next(iter(found.applications))
    rest = {key: value for key, value in found.applications.items() if key != lost}
    assert any("not in the ledger" in line for line in differences(MANIFEST, replace(found, applications=rest)))


def test_an_application_nobody_wrote(found: Found) -> None:
    stranger = {"app-x": replace(next(iter(found.applications.values())), application_id="app-x")}
    assert "app-x: not in the manifest" in differences(
        MANIFEST, replace(found, applications={**found.applications, **stranger})
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"create_state": "sending"}, "pending sending, not delivered"),
        ({"create_state": None, "verdict": "HOLD", "reason": "missing_email"}, "held missing_email, not delivered"),
        ({"create_state": "parked", "create_reason": "job_closed"}, "held job_closed, not delivered"),
        ({"updates": 1}, "1 updates, not 0"),
        ({"employer_id": "emp-other"}, "of employer emp-other"),
        ({"erase_state": "delivered"}, "erasure delivered, not None"),
        ({"receipt": {"application_id": "1", "attachment_id": "2"}}, "not on requisition"),
    ],
)
def test_one_application_that_ended_otherwise(found: Found, change: dict[str, Any], words: str) -> None:
    one = _first("engaged_once")
    other = {one: replace(found.applications[one], **change)}
    lines = differences(MANIFEST, replace(found, applications={**found.applications, **other}))
    assert any(words in line for line in lines)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda account: account["applications"].append({"id": "9", "job_id": "1"}), "applications, not"),
        (lambda account: account["candidates"].append(dict(account["candidates"][0])), "candidates, not"),
        (lambda account: account["attachments"].pop(), "PDFs, not"),
        (lambda account: account.update(duplicate_applications=1), "1 duplicate applications, not 0"),
        (lambda account: account["candidates"][0].update(phones=["+15550100"]), "are missing or misspelt"),
        (lambda account: account["candidates"][0].update(last_name="Smith"), "are missing or misspelt"),
        (lambda account: account["candidates"][0].update(erased_at="2026-11-20"), "erased candidates, not"),
    ],
)
def test_one_thing_that_is_otherwise_in_the_ats(
    found: Found, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    account = found.accounts["keystone-gear"]
    assert isinstance(account, dict)
    change(account)
    assert any("keystone-gear" in line and words in line for line in differences(MANIFEST, found))


def test_two_pdfs_under_one_application_and_none_under_another(found: Found) -> None:
    first, second = found.accounts["keystone-gear"]["attachments"][:2]
    first["application_id"] = second["application_id"]
    assert any("another number of PDFs" in line for line in differences(MANIFEST, found))


def test_a_dead_letter_more_or_less(found: Found) -> None:
    letters = {**found.dead_letters, "invalid": 0, "too_large": 1}
    lines = differences(MANIFEST, replace(found, dead_letters=letters))
    assert [line for line in lines if line.startswith("dead letters")] == [
        f"dead letters invalid: 0, not {MANIFEST.dead_letters['invalid']}",
        "dead letters too_large: 1, not 0",
    ]


def test_an_account_nobody_reached(found: Found) -> None:
    accounts = {name: account for name, account in found.accounts.items() if name != "keystone-gear"}
    assert any(
        "keystone-gear: 0 candidates" in line for line in differences(MANIFEST, replace(found, accounts=accounts))
    )


def test_differences_name_nobody(found: Found) -> None:
    lines = " ".join(differences(MANIFEST, replace(found, accounts={}, applications={})))
    assert not any(text in lines for expected in MANIFEST.applications.values() for text in expected.personal)


def test_what_is_under_way_is_no_end() -> None:
    for state in ("new", "ready", "sending", "uncertain"):
        assert placed(_standing("a", create_state=state))[0] == "pending"
    assert placed(_standing("a", verdict="CREATE"))[0] == "pending"


def test_a_long_list_is_cut_and_says_so() -> None:
    assert brief([str(number) for number in range(14)])[-1] == "... and 2 more"


def made_to_measure(manifest: Manifest) -> Found:
    """The ledger and the ATS exactly as the manifest wants them."""
    accounts = {name: _account(manifest, name) for name in manifest.accounts}
    remote = {key: row for _, rows in accounts.values() for key, row in rows.items()}
    applications = {
        application_id: _ended(expected, remote.get(application_id))
        for application_id, expected in manifest.applications.items()
    }
    return copy.deepcopy(
        Found(
            applications=applications,
            dead_letters=manifest.dead_letters,
            accounts={name: account for name, (account, _) in accounts.items()},
        )
    )


def _ended(expected: Expected, remote: str | None) -> Standing:
    standing = _standing(expected.application_id, employer_id=expected.employer_id)
    if expected.arrival:
        erased = expected.arrival.erased
        return replace(
            standing,
            verdict="NOOP",
            reason="erased" if erased else "already_delivered",
            create_state="delivered",
            receipt={"application_id": remote, "attachment_id": "1"},
            updates=expected.arrival.updates,
            erase_state="delivered" if erased else None,
        )
    if expected.bucket == "dead":
        return replace(standing, verdict="CREATE", create_state="dead")
    if expected.decided[0] == "CREATE":
        return replace(standing, verdict="CREATE", create_state="parked", create_reason=expected.reason)
    return replace(standing, verdict=expected.decided[0], reason=expected.reason)


def _account(manifest: Manifest, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Its state, and the remote application of each of ours."""
    people: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, str], str] = {}
    files: list[dict[str, Any]] = []
    of_ours: dict[str, str] = {}
    joins = manifest.accounts[name] in JOINS_BY_EMAIL
    for application_id, expected in manifest.applications.items():
        arrival = expected.arrival
        if arrival is None or arrival.account != name:
            continue
        who = (arrival.email if joins else None) or arrival.candidate_id
        people.setdefault(who, _candidate(arrival.erased, arrival))
        place = (who, arrival.ats_job_id if joins else application_id)
        remote = places.setdefault(place, f"{name}-{len(places)}-{arrival.ats_job_id}")
        of_ours[application_id] = remote
        files += [{"application_id": remote}] * (0 if arrival.erased else 1 + arrival.updates)
    rows = [{"id": remote, "job_id": remote.rpartition(f"{name}-")[2].partition("-")[2]} for remote in places.values()]
    state = {
        "candidates": list(people.values()),
        "applications": rows,
        "attachments": files,
        "duplicate_applications": 0,
    }
    return state, of_ours


def _candidate(erased: bool, arrival: Any) -> dict[str, Any]:  # noqa: FBT001 - a row, not a switch
    if erased:
        return {"first_name": "", "last_name": "", "emails": [], "phones": [], "erased_at": "2026-11-20"}
    return {
        "first_name": arrival.first_name,
        "last_name": arrival.last_name,
        "emails": [arrival.email or "candidate-1@made-up.invalid"],
        "phones": [arrival.phone] if arrival.phone else [],
        "erased_at": None,
    }


def _standing(application_id: str, **changes: Any) -> Standing:
    plain: dict[str, Any] = dict.fromkeys(
        ("employer_id", "verdict", "reason", "create_state", "create_reason", "receipt", "erase_state")
    )
    return Standing(**{"application_id": application_id, "updates": 0, **plain, **changes})


def _first(scenario: str) -> str:
    by_scenario: defaultdict[str, list[str]] = defaultdict(list)
    for application_id, expected in MANIFEST.applications.items():
        by_scenario[expected.scenario].append(application_id)
    return by_scenario[scenario][0]
