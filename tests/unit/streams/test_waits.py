"""Latches and windows over event time: A1, A2, A9, A24, and an announced resume."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.connection import Policy
from schemas.decision import Decision
from streams.eligibility import decide, engaged_latched
from tests.unit.streams.histories import (
    T0,
    around,
    at,
    decided,
    facts_of,
    said,
    snapshot,
    status,
)

CREATE = ("CREATE", None)
AWAITING = ("HOLD", "awaiting_engaged")
UNFINISHED: list[dict[str, Any]] = [{"assessment": None}, {"screening": None}, {"assessment": {"model": "m"}}]


def test_a01_coming_back_from_engaged_leaves_the_latch() -> None:
    assert said(decided([snapshot(), status("new", -900), status("engaged"), status("new", 61)])) == CREATE


@pytest.mark.parametrize("undone", ["new", "outreach", "sourcing"])
@pytest.mark.parametrize(("after_s", "expected"), [(1, AWAITING), (60, AWAITING), (60.001, CREATE)])
def test_a02_undone_within_sixty_seconds_does_not_latch(
    undone: str, after_s: float, expected: tuple[str, str | None]
) -> None:
    assert said(decided([snapshot(), status("engaged"), status(undone, after_s)])) == expected


@pytest.mark.parametrize("onward", ["reviewed", "interview", "offer", "hired"])
def test_a02_moving_on_at_once_is_no_slip(onward: str) -> None:
    assert said(decided([snapshot(), status("engaged"), status(onward, 5)], now=at(6))) == CREATE


def test_a02_a_slip_and_a_later_engaged_latches() -> None:
    events = [snapshot(), status("engaged"), status("new", 10), status("engaged", 1000)]
    assert said(decided(events)) == CREATE
    assert said(decided(events, now=at(1030))) == AWAITING


def test_a02_a_status_published_twice_is_one_visit() -> None:
    twice = [status("engaged", event_id="a"), status("engaged", event_id="b"), status("new", 10)]
    assert said(decided([snapshot(), *twice])) == AWAITING


def test_a02_sequence_order_may_contradict_the_clock() -> None:
    events = [snapshot(), status("engaged", 30, sequence=1), status("new", 0, sequence=2)]
    assert said(decided(events)) == AWAITING
    far_back = [snapshot(), status("engaged", 30, sequence=1), status("new", -31, sequence=2)]
    assert said(decided(far_back)) == CREATE


@pytest.mark.parametrize(("now_s", "expected"), [(0, AWAITING), (60, AWAITING), (60.000001, CREATE)])
def test_a02_sends_wait_out_the_window(now_s: float, expected: tuple[str, str | None]) -> None:
    decision = decided([snapshot(), status("engaged")], now=at(now_s))
    assert said(decision) == expected
    assert decision.again_at == (at(60.000001) if expected == AWAITING else None)


def test_a02_zero_seconds_disable_the_window() -> None:
    off = around(policy=Policy(settle_seconds=0))
    assert said(decided([snapshot(), status("engaged")], off, now=T0)) == CREATE
    assert said(decided([snapshot(), status("engaged"), status("new")], off, now=T0)) == CREATE


def test_a02_another_window_is_the_policys() -> None:
    events = [snapshot(), status("engaged"), status("new", 90)]
    assert said(decided(events, around(policy=Policy(settle_seconds=120)))) == AWAITING


@pytest.mark.parametrize("events", [[], [status("new", -60)]])
def test_a02_under_trigger_new_only_engaged_waits(events: list[Any]) -> None:
    decision = decided([snapshot(), *events, status("engaged")], around("new"), now=at(10))
    assert said(decision) == (CREATE if events else AWAITING)


def test_a02_a_passive_candidate_waits_it_out_too() -> None:
    assert said(decided([snapshot(source="passive"), status("engaged")], now=at(10))) == AWAITING


def test_again_at_is_when_the_decision_really_changes() -> None:
    for event in (snapshot(), snapshot(assessment=None), snapshot(resume={"filename": "cv.pdf"})):
        facts = facts_of([event, status("engaged")])
        held = decide(facts, around(), at(1))
        assert held.verdict == "HOLD"
        assert held.again_at is not None
        assert decide(facts, around(), held.again_at - timedelta(microseconds=1)).reason == held.reason
        assert decide(facts, around(), held.again_at).reason != held.reason


@pytest.mark.parametrize("unfinished", UNFINISHED)
def test_a24_engaged_waits_five_minutes_for_assessment_and_transcript(unfinished: dict[str, Any]) -> None:
    events = [snapshot(**unfinished), status("engaged")]
    assert said(decided(events, now=at(299))) == ("HOLD", "awaiting_assessment")
    assert decided(events, now=at(299)).again_at == at(300)
    assert said(decided(events, now=at(300))) == CREATE


def test_a24_the_wait_is_the_policys() -> None:
    events = [snapshot(assessment=None), status("engaged")]
    quick = around(policy=Policy(assessment_wait_seconds=0, settle_seconds=0))
    assert said(decided(events, quick, now=T0)) == CREATE


def test_a24_passive_evidence_that_comes_late_begins_the_wait() -> None:
    late = {"responded_at": T0.isoformat(), "completed_at": at(3600).isoformat()}
    events = [snapshot(source="passive", screening=late), status("engaged")]
    assert said(decided(events, now=at(3700))) == ("HOLD", "awaiting_assessment")
    assert said(decided(events, now=at(3900))) == CREATE


@pytest.mark.parametrize("unfinished", UNFINISHED)
def test_r02_a25_new_does_not_wait_for_screening(unfinished: dict[str, Any]) -> None:
    assert said(decided([snapshot(**unfinished), status("new")], around("new"), now=T0)) == CREATE


@pytest.mark.parametrize(("trigger", "word"), [("engaged", "engaged"), ("new", "new")])
def test_a28_an_announced_resume_is_waited_for(trigger: Any, word: str) -> None:
    def resumed(resume: dict[str, str] | None, now_s: float) -> Decision:
        return decided([snapshot(resume=resume), status(word)], around(trigger), now=at(now_s))

    assert said(resumed({"filename": "cv.pdf"}, 299)) == ("HOLD", "awaiting_resume")
    assert said(resumed({"filename": "cv.pdf"}, 300)) == CREATE
    assert said(resumed({"content_base64": "JVBERi0="}, 299)) == CREATE
    assert said(resumed(None, 299)) == CREATE


def test_readiness_is_asked_resume_then_assessment_then_settle() -> None:
    bare = [snapshot(resume={}, assessment=None), status("engaged")]
    assert decided(bare, now=at(1)).reason == "awaiting_resume"
    assert decided([snapshot(assessment=None), status("engaged")], now=at(1)).reason == "awaiting_assessment"
    assert decided([snapshot(), status("engaged")], now=at(1)).reason == "awaiting_engaged"


def test_a07_past_gate_policy_syncs_all_but_passive() -> None:
    sync = around(policy=Policy(past_gate="sync"))
    assert said(decided([snapshot(assessment=None), status("interview")], sync, now=T0)) == CREATE
    assert said(decided([snapshot(source="passive"), status("interview")], sync)) == ("HOLD", "gate_skipped")


def test_a07_back_from_interview_waits_for_engaged_again() -> None:
    assert said(decided([snapshot(), status("interview"), status("new", 60)])) == AWAITING


def test_a09_a_passive_candidate_who_applies_becomes_direct_and_stays_so() -> None:
    passive, direct = snapshot(source="passive", version=1), snapshot(source="direct", version=2)
    again = snapshot(source="passive", version=3)
    assert said(decided([passive, status("new")], around("new"))) == ("HOLD", "passive_awaiting_screening")
    assert said(decided([passive, direct, status("new")], around("new"))) == CREATE
    assert said(decided([passive, direct, again, status("new")], around("new"))) == CREATE
    assert said(decided([again, direct, passive, status("new")], around("new"))) == CREATE


def test_engaged_latched_says_what_sent_has_to_remember() -> None:
    facts = facts_of([snapshot(), status("new", -60), status("engaged")])
    assert not engaged_latched(facts, 60, at(60))
    assert engaged_latched(facts, 60, at(61))
    assert not engaged_latched(facts_of([status("new")]), 60, at(61))
