"""Jobs linked after their candidates came, re-links and changes of trigger: A16, A17, A19."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.connection import Policy
from schemas.events import JobChange
from streams.approval import linked_at
from streams.case import BackfillBudget
from streams.eligibility import backfills, decide, queue_time
from tests.unit.streams.histories import (
    LATER,
    T0,
    around,
    at,
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

CREATE = ("CREATE", None)
APPROVAL = ("HOLD", "backfill_approval")
ENGAGED = [snapshot(), status("engaged")]
LATE_LINK = job_facts(job(None), job(occurred_at=at(3600)))


def backfill(policy: Any) -> Policy:
    return Policy(backfill_on_link=policy)


@pytest.mark.parametrize(("policy", "expected"), [("preview", APPROVAL), ("never", APPROVAL), ("auto", CREATE)])
def test_a16_a_late_link_asks_the_policy(policy: Any, expected: tuple[str, str | None]) -> None:
    assert said(decided(ENGAGED, around(policy=backfill(policy), job=LATE_LINK))) == expected
    approved = around(policy=backfill(policy), job=LATE_LINK, backfill_approved=True)
    assert said(decided(ENGAGED, approved)) == CREATE


def test_a16_who_qualifies_after_the_link_is_no_backfill() -> None:
    for engaged_s, expected in ((3599, APPROVAL), (3600, CREATE), (4000, CREATE)):
        events = [snapshot(), status("new"), status("engaged", engaged_s)]
        assert said(decided(events, around(job=LATE_LINK))) == expected


def test_a16_passive_evidence_counts_as_the_time_of_qualifying() -> None:
    late = {"responded_at": T0.isoformat(), "completed_at": at(3601).isoformat()}
    events = [snapshot(source="passive", screening=late), status("engaged")]
    assert said(decided(events, around(job=LATE_LINK))) == CREATE


def test_a16_a_job_first_heard_of_linked_is_linked_from_then() -> None:
    assert said(decided(ENGAGED, around(job=job_facts(job(occurred_at=at(1)))))) == APPROVAL
    assert said(decided(ENGAGED, around(job=job_facts(job(occurred_at=T0))))) == CREATE


@pytest.mark.parametrize(("rank", "expected"), [(199, CREATE), (200, APPROVAL)])
def test_a16_auto_stops_at_the_budgets_count(rank: int, expected: tuple[str, str | None]) -> None:
    assert said(decided(ENGAGED, around(policy=backfill("auto"), job=LATE_LINK, backfill_rank=rank))) == expected


@pytest.mark.parametrize(("days", "expected"), [(30, CREATE), (30.001, APPROVAL)])
def test_a16_auto_stops_at_the_budgets_age(days: float, expected: tuple[str, str | None]) -> None:
    surroundings = around(policy=backfill("auto"), job=LATE_LINK)
    assert said(decided(ENGAGED, surroundings, now=T0 + timedelta(days=days))) == expected


def test_a16_the_budget_is_a_parameter() -> None:
    surroundings = around(policy=backfill("auto"), job=LATE_LINK, backfill_rank=1)
    tight = BackfillBudget(max_applications=1, max_days=30)
    assert said(decide(facts_of(ENGAGED), surroundings, LATER, tight)) == APPROVAL


def test_a17_a_relink_is_no_backfill() -> None:
    relinked = job_facts(job(), job("R-2", occurred_at=at(3600)))
    assert said(decided(ENGAGED, around(job=relinked))) == CREATE


def test_a17_unlinked_and_linked_again_is_a_new_link() -> None:
    history: list[JobChange] = [job(), job(None, occurred_at=at(1800)), job(occurred_at=at(3600))]
    assert said(decided(ENGAGED, around(job=job_facts(*history[:2])))) == ("HOLD", "job_not_linked")
    assert said(decided(ENGAGED, around(job=job_facts(*history)))) == APPROVAL
    assert linked_at(job_facts(*history[:2]).history) is None


def test_a16_past_gate_qualifies_since_the_first_step_past() -> None:
    events = [snapshot(), status("interview"), status("offer", 4000)]
    sync = Policy(past_gate="sync")
    assert said(decided(events, around(policy=sync, job=LATE_LINK))) == APPROVAL


def test_a19_trigger_new_is_not_retroactive() -> None:
    since = connection("new", trigger_since=T0)
    for new_s, expected in ((-1, ("HOLD", "awaiting_engaged")), (0, CREATE), (1, CREATE)):
        assert said(decided([snapshot(), status("new", new_s)], around(connection=since))) == expected
    later = [snapshot(), status("new", -1), status("engaged", 700)]
    assert said(decided(later, around(connection=since))) == CREATE
    assert said(decided([snapshot(), status("outreach", -1)], around(connection=since))) == ("HOLD", "awaiting_new")


def test_a19_nor_is_it_for_those_past_the_gate() -> None:
    since = connection("new", trigger_since=T0)
    assert said(decided([snapshot(), status("interview", -1)], around(connection=since))) == ("HOLD", "gate_skipped")
    assert said(decided([snapshot(), status("interview", 1)], around(connection=since))) == CREATE


def test_queue_time_is_when_it_qualified_if_only_approval_is_missing() -> None:
    assert queue_time(facts_of(ENGAGED), around(job=LATE_LINK, twin="app-0"), LATER) == T0
    assert queue_time(facts_of([snapshot(), *statuses("new")]), around(), LATER) is None
    assert queue_time(facts_of(ENGAGED), around(), at(30)) is None


def test_backfills_tells_late_links_only() -> None:
    assert backfills(facts_of(ENGAGED), around(job=LATE_LINK), LATER)
    assert not backfills(facts_of(ENGAGED), around(), LATER)
