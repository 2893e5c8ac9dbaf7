"""Each gate of docs/rules.md in its order: what it refuses, what it lists, what opens it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.connection import Policy
from schemas.decision import Decision, Gate, Surroundings
from schemas.events import Event
from schemas.facts import Facts
from schemas.words import SKIP_REASONS, Reason
from streams.case import NEVER_RELEASED
from streams.eligibility import GATES, decide
from tests.unit.streams.histories import (
    CANARY,
    LATER,
    around,
    candidate,
    connection,
    decided,
    facts_of,
    job,
    job_facts,
    said,
    snapshot,
    status,
    statuses,
)

ORDER = [
    "facts",
    "erased",
    "connection",
    "redirect_mode",
    "known_source",
    "known_status",
    "ended",
    "job",
    "source_and_trigger",
    *("name", "email", "phone"),
    *("resume", "assessment", "settle"),
    *("twin", "backfill", "surge_brake", "connection_health"),
]
ENGAGED = statuses("new", "engaged")


def gate_of(decision: Decision, name: str) -> Gate:
    return next(gate for gate in decision.gates if gate.name == name)


def test_every_gate_is_listed_in_order_whatever_fails() -> None:
    bare = Facts(application_id="app-1")
    for decision in (decided([snapshot(), *ENGAGED]), decide(bare, Surroundings(), LATER)):
        assert [gate.name for gate in decision.gates] == ORDER
        assert len(decision.gates) == len(GATES)
        assert all(gate.passed == (gate.reason is None) for gate in decision.gates)
        assert all(gate.passed or gate.missing for gate in decision.gates)


def test_an_eligible_application_passes_every_gate() -> None:
    decision = decided([snapshot(), *ENGAGED])
    assert said(decision) == ("CREATE", None)
    assert all(gate.passed for gate in decision.gates)


@pytest.mark.parametrize("events", [[snapshot()], ENGAGED, [status("withdrawn")]])
def test_a04_half_of_the_facts_holds_facts_incomplete(events: list[Event]) -> None:
    decision = decided(events)
    assert said(decision) == ("HOLD", "facts_incomplete")
    assert not gate_of(decision, "facts").passed


def test_a45_erased_is_skipped_before_anything_was_sent() -> None:
    assert said(decided([snapshot(), *ENGAGED], around(erased=True))) == ("SKIP", "erased")


def test_no_connection_holds() -> None:
    decision = decided([snapshot(), *ENGAGED], around(connection=None))
    assert said(decision) == ("HOLD", "no_connection")
    assert next(gate.name for gate in decision.gates if not gate.passed) == "connection"


def test_a13_another_employers_connection_is_no_connection() -> None:
    stranger = connection(employer_id="emp-2")
    assert said(decided([snapshot(), *ENGAGED], around(connection=stranger))) == ("HOLD", "no_connection")


def test_a13_another_employers_job_is_not_linked() -> None:
    stranger = job_facts(job(employer_id="emp-2"))
    assert said(decided([snapshot(), *ENGAGED], around(job=stranger))) == ("HOLD", "job_not_linked")


def test_r19_another_job_is_not_this_ones_link() -> None:
    assert said(decided([snapshot(), *ENGAGED], around(job=job_facts(job(job_id="job-2"))))) == (
        "HOLD",
        "job_not_linked",
    )


def test_r20_redirect_mode_skips() -> None:
    decision = decided([snapshot(), *ENGAGED], around(policy=Policy(redirect_mode=True)))
    assert said(decision) == ("SKIP", "redirect_mode")


def test_a50_unknown_source_holds() -> None:
    assert said(decided([snapshot(source="walk-in"), *ENGAGED])) == ("HOLD", "unknown_source")


def test_a50_unknown_status_holds_while_it_is_the_latest() -> None:
    events = [snapshot(), *ENGAGED, status("pondering", 5000)]
    assert said(decided(events)) == ("HOLD", "unknown_status")
    assert said(decided([*events, status("reviewed", 6000)])) == ("CREATE", None)


def test_unknown_source_is_asked_before_unknown_status() -> None:
    assert said(decided([snapshot(source="?"), status("??")])) == ("HOLD", "unknown_source")


def test_a34_withdrawn_skips_until_the_person_is_back() -> None:
    events = [snapshot(), *ENGAGED, status("withdrawn", 5000)]
    assert said(decided(events)) == ("SKIP", "withdrawn")
    assert said(decided([*events, status("reviewed", 6000)])) == ("CREATE", None)


def test_a36_rejected_skips_and_policy_may_sync() -> None:
    events = [snapshot(), *ENGAGED, status("rejected", 5000)]
    assert said(decided(events)) == ("SKIP", "rejected_before_sync")
    assert said(decided(events, around(policy=Policy(rejected="sync")))) == ("CREATE", None)
    withdrawn = [*events, status("withdrawn", 6000)]
    assert said(decided(withdrawn, around(policy=Policy(rejected="sync")))) == ("SKIP", "withdrawn")


@pytest.mark.parametrize("trigger", ["engaged", "new"])
def test_a36_rejected_and_synced_by_policy_still_has_to_qualify(trigger: Any) -> None:
    decision = decided([snapshot(), status("rejected")], around(trigger, policy=Policy(rejected="sync")))
    assert said(decision) == ("HOLD", f"awaiting_{trigger}")


@pytest.mark.parametrize(("state", "reason"), [("closed", "job_closed"), ("archived", "job_archived")])
def test_a37_a_closed_or_archived_job_holds_and_reopening_decides_again(state: str, reason: str) -> None:
    shut = job(occurred_at=LATER, state=state)
    assert said(decided([snapshot(), *ENGAGED], around(job=job_facts(job(), shut)))) == ("HOLD", reason)
    reopened = job(occurred_at=LATER.replace(year=2027), state="Open")
    assert said(decided([snapshot(), *ENGAGED], around(job=job_facts(job(), shut, reopened)))) == ("CREATE", None)


def test_an_unlinked_closed_job_is_not_linked_first() -> None:
    decision = decided([snapshot(), *ENGAGED], around(job=job_facts(job(None, state="closed"))))
    assert said(decision) == ("HOLD", "job_not_linked")


@pytest.mark.parametrize(
    ("names", "last_name", "reason"),
    [
        ({"first_name": CANARY, "last_name": "Quux"}, "", None),
        ({"first_name": CANARY, "last_name": None}, "-", None),
        ({"first_name": None, "last_name": "Quux"}, "-", None),
        ({"first_name": CANARY, "last_name": " "}, "", "missing_name"),
        ({"first_name": None, "last_name": "Quux"}, " ", "missing_name"),
        ({"first_name": "\u202e", "last_name": "\n"}, "-", "missing_name"),
    ],
)
def test_a33_names(names: dict[str, Any], last_name: str, reason: str | None) -> None:
    events = [snapshot(candidate=candidate(**names)), *ENGAGED]
    assert decided(events, around(policy=Policy(missing_last_name=last_name))).reason == reason


@pytest.mark.parametrize("email", [None, "", "zebulon", "zebulon@", "a b@example.com", "a@b"])
def test_a31_a_missing_or_malformed_email_holds_unless_placeholder(email: str | None) -> None:
    events = [snapshot(candidate=candidate(email=email)), *ENGAGED]
    assert said(decided(events)) == ("HOLD", "missing_email")
    assert said(decided(events, around(policy=Policy(missing_email="placeholder")))) == ("CREATE", None)


@pytest.mark.parametrize("phone", [None, "", "none", "12"])
def test_a32_a_phone_is_needed_only_where_required(phone: str | None) -> None:
    events = [snapshot(candidate=candidate(phone=phone)), *ENGAGED]
    assert said(decided(events)) == ("CREATE", None)
    assert said(decided(events, around(policy=Policy(require_phone=True)))) == ("HOLD", "missing_required_phone")


def test_contact_is_asked_name_then_email_then_phone() -> None:
    nobody = candidate(first_name=None, last_name=None, email=None)
    policy = Policy(require_phone=True)
    assert decided([snapshot(candidate=nobody), *ENGAGED], around(policy=policy)).reason == "missing_name"
    named = candidate(email=None)
    assert decided([snapshot(candidate=named), *ENGAGED], around(policy=policy)).reason == "missing_email"


def test_a11_a_twin_holds_for_review() -> None:
    decision = decided([snapshot(), *ENGAGED], around(twin="app-0"))
    assert said(decision) == ("HOLD", "ambiguous_delivery")
    assert gate_of(decision, "twin").inputs["twin"] == "app-0"


def test_surge_brake_then_connection_health() -> None:
    down = connection(healthy=False)
    assert decided([snapshot(), *ENGAGED], around(connection=down)).reason == "connection_down"
    assert decided([snapshot(), *ENGAGED], around(connection=down, surge_braked=True)).reason == "surge_brake"


FAILING: dict[Reason, tuple[list[Any], Surroundings]] = {
    "facts_incomplete": ([snapshot()], around()),
    "erased": ([snapshot(), *ENGAGED], around(erased=True)),
    "no_connection": ([snapshot(), *ENGAGED], around(connection=None)),
    "redirect_mode": ([snapshot(), *ENGAGED], around(policy=Policy(redirect_mode=True))),
    "unknown_source": ([snapshot(source="x"), *ENGAGED], around()),
    "unknown_status": ([snapshot(), *ENGAGED, status("x", 5000)], around()),
    "withdrawn": ([snapshot(), *ENGAGED, status("withdrawn", 5000)], around()),
    "rejected_before_sync": ([snapshot(), *ENGAGED, status("rejected", 5000)], around()),
    "job_not_linked": ([snapshot(), *ENGAGED], around(job=None)),
    "job_closed": ([snapshot(), *ENGAGED], around(job=job_facts(job(state="closed")))),
    "job_archived": ([snapshot(), *ENGAGED], around(job=job_facts(job(state="archived")))),
    "awaiting_engaged": ([snapshot(), *statuses("new")], around()),
    "awaiting_new": ([snapshot(), *statuses("outreach")], around("new")),
    "passive_awaiting_screening": ([snapshot(source="passive"), *statuses("new")], around()),
    "gate_skipped": ([snapshot(), *statuses("interview")], around()),
    "missing_name": ([snapshot(candidate=candidate(first_name=None, last_name=None)), *ENGAGED], around()),
    "missing_email": ([snapshot(candidate=candidate(email=None)), *ENGAGED], around()),
    "missing_required_phone": (
        [snapshot(candidate=candidate()), *ENGAGED],
        around(policy=Policy(require_phone=True)),
    ),
    "ambiguous_delivery": ([snapshot(), *ENGAGED], around(twin="app-0")),
    "backfill_approval": ([snapshot(), *ENGAGED], around(job=job_facts(job(occurred_at=LATER)))),
    "surge_brake": ([snapshot(), *ENGAGED], around(surge_braked=True)),
    "connection_down": ([snapshot(), *ENGAGED], around(connection=connection(healthy=False))),
}


@pytest.mark.parametrize("reason", FAILING)
def test_a07_a08_a11_a_release_opens_its_gate_and_no_other(reason: Reason) -> None:
    events, surroundings = FAILING[reason]
    assert decided(events, surroundings).reason == reason
    verdict = "SKIP" if reason in SKIP_REASONS else "HOLD"
    assert decided(events, surroundings).verdict == verdict
    fields = {name: getattr(surroundings, name) for name in Surroundings.__dataclass_fields__}
    released = decided(events, Surroundings(**fields | {"released": frozenset({reason})}))
    assert (released.reason is None) == (reason not in NEVER_RELEASED)
    other: Reason = "surge_brake" if reason != "surge_brake" else "backfill_approval"
    assert decided(events, Surroundings(**fields | {"released": frozenset({other})})).reason == reason


def test_gates_show_no_persons_data() -> None:
    events = [snapshot(source=f"{CANARY}@example.com"), status(f"{CANARY} Quux 3125550142")]
    for decision in (decided(events), decided([snapshot(), *ENGAGED])):
        text = repr(decision).lower()
        assert CANARY.lower() not in text
        assert "quux" not in text
        assert "5550142" not in text


@pytest.mark.parametrize("spelling", ["engaged", "ENGAGED", "Engaged", " engaged "])
@pytest.mark.parametrize("source", ["talent_search", "Talent Search", "TALENT-SEARCH"])
def test_a54_spellings_are_mapped_at_the_edge(spelling: str, source: str) -> None:
    assert facts_of([snapshot(source=source), status(spelling)]) == facts_of(
        [snapshot(source=source), status("engaged")]
    )
    assert said(decided([snapshot(source=source), status(spelling)])) == ("CREATE", None)
