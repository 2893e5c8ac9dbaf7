"""The fold: A3's orders, duplicates, limits, fingerprints, and that facts hold no person's data."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from schemas.errors import BadEvent
from schemas.events import Limits
from schemas.facts import Facts
from streams.fold import content_sha256, fold, fold_job, merge, merge_jobs, snapshot_fact
from tests.unit.streams.histories import CANARY, LIMITS, T0, at, candidate, facts_of, job, job_facts, snapshot, status


def words(facts: Facts) -> list[str]:
    return [fact.status for fact in facts.statuses]


def test_a03_the_newest_snapshot_is_by_version_then_time_then_event_id() -> None:
    later = at(60).isoformat()
    rising: list[dict[str, Any]] = [
        {"version": None, "occurred_at": None},
        {"version": None, "occurred_at": T0.isoformat()},
        {"version": None, "occurred_at": T0.isoformat(), "event_id": "a"},
        {"version": None, "occurred_at": later},
        {"version": 1, "occurred_at": T0.isoformat()},
        {"version": 1, "occurred_at": later},
        {"version": 1, "occurred_at": later, "event_id": "a"},
        {"version": 2, "occurred_at": None},
    ]
    for older, newer in pairwise(rising):
        events = [snapshot(**older), snapshot(**newer)]
        assert facts_of(events).snapshot == facts_of(events[::-1]).snapshot == snapshot_fact(events[1])


def test_a03_statuses_are_ordered_by_sequence_only_if_all_have_one() -> None:
    events = [status("new", 60, sequence=1), status("engaged", 0, sequence=2)]
    assert words(facts_of(events)) == ["new", "engaged"]
    assert words(facts_of([*events, status("reviewed", 30)])) == ["engaged", "reviewed", "new"]


def test_a03_equal_times_are_ordered_by_event_id_then_word() -> None:
    events = [status("new", event_id="b"), status("engaged", event_id="a"), status("hired"), status("offer")]
    assert words(facts_of(events)) == words(facts_of(events[::-1])) == ["hired", "offer", "engaged", "new"]


def test_a03_nothing_is_left_to_chance_where_all_else_is_equal() -> None:
    events = [status("new", sequence=number) for number in (3, 5, 1, None, 0, 4, 2)]
    assert [fact.sequence for fact in facts_of(events).statuses] == [None, 0, 1, 2, 3, 4, 5]


def test_a03_duplicates_collapse_and_change_nothing() -> None:
    facts = facts_of([snapshot(), status("new"), status("engaged", 5)])
    assert fold(facts, status("new"), LIMITS) is facts
    assert fold(facts, snapshot(), LIMITS) is facts


def test_times_of_any_offset_are_one_instant() -> None:
    east = msgspec.convert(
        {"application_id": "app-1", "status": "new", "occurred_at": "2026-03-02T14:00:00+02:00"}, type(status("new"))
    )
    assert msgspec.json.encode(facts_of([east])) == msgspec.json.encode(facts_of([status("new")]))


def test_the_history_is_bounded_and_repeats_still_pass() -> None:
    limits = Limits(status_history=2)
    facts = fold(fold(None, status("new"), limits), status("engaged", 1), limits)
    assert fold(facts, status("engaged", 1), limits) == facts
    with pytest.raises(BadEvent, match="history_too_long"):
        fold(facts, status("hired", 2), limits)
    jobs = fold_job(fold_job(None, job(None), limits), job("R-2"), limits)
    assert fold_job(jobs, job("R-2"), limits) == jobs
    with pytest.raises(BadEvent, match="history_too_long"):
        fold_job(jobs, job("R-3"), limits)


def test_a13_facts_of_two_entities_never_join() -> None:
    facts = facts_of([snapshot()])
    for join in (
        lambda: fold(facts, status("new", application_id="app-2"), LIMITS),
        lambda: merge(facts, facts_of([status("new", application_id="app-2")])),
        lambda: fold_job(job_facts(), job(job_id="job-2"), LIMITS),
        lambda: merge_jobs(job_facts(), job_facts(job(employer_id="emp-2"))),
    ):
        with pytest.raises(BadEvent, match="entity_mismatch"):
            join()


def test_jobs_are_ordered_by_version_if_all_have_one_else_by_time() -> None:
    unlinked, linked = job(None, occurred_at=at(60), version=1), job(occurred_at=at(0), version=2)
    assert job_facts(unlinked, linked).history[-1].ats_job_id == "R-1"
    third = job("R-9", occurred_at=at(30))
    assert [fact.ats_job_id for fact in job_facts(unlinked, linked, third).history] == ["R-1", "R-9", None]


def test_a_numeric_ats_job_id_is_text_and_the_state_our_word() -> None:
    fact = job_facts(job(ats_job_id=42, state=" CLOSED ")).history[-1]  # type: ignore[arg-type]
    assert (fact.ats_job_id, fact.state) == ("42", "closed")


def test_a22_the_fingerprint_ignores_issue_and_sees_content() -> None:
    plain = content_sha256(snapshot())
    assert content_sha256(snapshot(version=9, occurred_at=at(99).isoformat(), event_id="e")) == plain
    for changed in ({"profile_url": "https://x.example"}, {"assessment": {"rating": 5}}, {"resume": None}):
        assert content_sha256(snapshot(**changed)) != plain


def test_a22_fields_at_their_default_do_not_count() -> None:
    spelled_out = {"rating": 4, "summary": "Good", "strengths": [], "model": None}
    assert content_sha256(snapshot(assessment=spelled_out)) == content_sha256(snapshot())


def test_facts_hold_no_persons_data() -> None:
    event = snapshot(candidate=candidate(phone="+13125550142"), profile_url=f"https://x.example/{CANARY}")
    text = msgspec.json.encode(facts_of([event, status("new")])).decode().lower()
    for canary in (CANARY.lower(), "quux", "example.com", "5550142", "weld"):
        assert canary not in text


def test_a11_the_contact_key_is_the_address_on_one_employers_job() -> None:
    def key(**changes: Any) -> str | None:
        return snapshot_fact(snapshot(**changes)).contact_key

    assert key() == key(candidate=candidate(id="cand-2", email="Zebulon@EXAMPLE.com"))
    assert (
        len({key(), key(employer_id="emp-2"), key(job={"id": "job-2"}), key(candidate=candidate(email="z@x.co"))}) == 4
    )
    assert key(candidate=candidate(email="not an address")) is None


def test_control_characters_never_reach_the_facts() -> None:
    facts = facts_of([status("odd\x00word", event_id="a\x00b"), snapshot(source="x\x00y", event_id="\x00")])
    assert "\\u0000" not in msgspec.json.encode(facts).decode()
    assert facts.snapshot is not None
    assert facts.snapshot.event_id is None
