"""After a delivery: R16, R18, A1, A9, A20, A22 and erasure."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.connection import Policy
from schemas.decision import Sent
from streams.fold import content_sha256
from tests.unit.streams.histories import (
    T0,
    around,
    at,
    connection,
    decided,
    job,
    job_facts,
    said,
    snapshot,
    status,
    statuses,
)

NOOP = ("NOOP", "already_delivered")
UPDATE = ("UPDATE", None)
SAME = content_sha256(snapshot())
BY_NEW = Sent(content_sha256=SAME, engaged=False)
BY_ENGAGED = Sent(content_sha256=SAME, engaged=True)


@pytest.mark.parametrize(
    "word", ["new", "outreach", "reviewed", "interview", "offer", "hired", "rejected", "withdrawn"]
)
def test_r16_a01_later_statuses_cause_no_call(word: str) -> None:
    events = [snapshot(), *statuses("new", "engaged", word)]
    assert said(decided(events, around(sent=BY_ENGAGED))) == NOOP


@pytest.mark.parametrize("word", ["outreach", "interview", "hired", "rejected", "withdrawn"])
def test_r16_without_engaged_there_is_nothing_to_complete(word: str) -> None:
    assert said(decided([snapshot(), *statuses("new", word)], around("new", sent=BY_NEW))) == NOOP


def test_r18_one_update_when_engaged_has_settled() -> None:
    events = [snapshot(), status("new", -600), status("engaged")]
    waiting = decided(events, around("new", sent=BY_NEW), now=at(30))
    assert said(waiting) == NOOP
    assert waiting.again_at == at(60.000001)
    assert decided(events, around("new", sent=BY_ENGAGED), now=at(30)).again_at is None
    assert said(decided(events, around("new", sent=BY_NEW), now=at(61))) == UPDATE
    done = Sent(content_sha256=SAME, engaged=True, updates=1)
    assert said(decided(events, around("new", sent=done), now=at(61))) == NOOP


def test_r18_the_update_waits_for_its_assessment() -> None:
    events = [snapshot(assessment=None), status("new", -600), status("engaged")]
    waiting = decided(events, around("new", sent=BY_NEW), now=at(100))
    assert said(waiting) == ("HOLD", "awaiting_assessment")
    assert waiting.again_at == at(300)
    assert said(decided(events, around("new", sent=BY_NEW), now=at(300))) == UPDATE


def test_r18_an_update_waits_for_the_connection_and_is_not_lost() -> None:
    events = [snapshot(), *statuses("new", "engaged")]
    down = around(connection=connection("new", healthy=False), sent=BY_NEW)
    assert said(decided(events, down)) == ("HOLD", "connection_down")


@pytest.mark.parametrize("late", [{"twin": "app-0"}, {"job": job_facts(job(occurred_at=at(9000)))}])
def test_r18_an_update_is_neither_a_twin_nor_a_backfill(late: dict[str, Any]) -> None:
    events = [snapshot(), *statuses("new", "engaged")]
    assert decided(events, around("new", **late)).verdict == "HOLD"
    assert said(decided(events, around("new", sent=BY_NEW, **late))) == UPDATE


@pytest.mark.parametrize("word", ["rejected", "withdrawn"])
def test_r16_nothing_is_completed_for_someone_who_has_ended(word: str) -> None:
    assert said(decided([snapshot(), *statuses("new", "engaged", word)], around("new", sent=BY_NEW))) == NOOP


@pytest.mark.parametrize(
    ("policy", "same", "changed"),
    [("engaged_only", NOOP, NOOP), ("material", NOOP, UPDATE), ("never", NOOP, NOOP)],
)
def test_a22_update_policy_after_an_engaged_create(policy: Any, same: Any, changed: Any) -> None:
    surroundings = around(policy=Policy(update_policy=policy), sent=BY_ENGAGED)
    assert said(decided([snapshot(), *statuses("engaged")], surroundings)) == same
    edited = snapshot(version=2, profile_url="https://app.example.com/2")
    assert said(decided([snapshot(), edited, *statuses("engaged")], surroundings)) == changed


def test_a22_never_means_not_even_at_engaged() -> None:
    surroundings = around("new", policy=Policy(update_policy="never"), sent=BY_NEW)
    decision = decided([snapshot(), *statuses("new", "engaged")], surroundings)
    assert said(decision) == NOOP
    assert decided([snapshot(), status("engaged")], surroundings, now=T0).again_at is None


def test_a20_a_change_of_trigger_leaves_what_was_sent() -> None:
    events = [snapshot(), *statuses("new")]
    assert said(decided(events, around("new"))) == ("CREATE", None)
    assert said(decided(events, around("engaged"))) == ("HOLD", "awaiting_engaged")
    assert said(decided(events, around("engaged", sent=BY_NEW))) == NOOP
    material = around("engaged", policy=Policy(update_policy="material"), sent=BY_NEW)
    assert said(decided([*events, snapshot(version=2, profile_url="https://x.example")], material)) == UPDATE


def test_a09_already_delivered_and_applying_directly_is_a_noop() -> None:
    events = [snapshot(source="passive"), snapshot(version=2), *statuses("engaged")]
    assert said(decided(events, around(sent=BY_ENGAGED))) == NOOP


@pytest.mark.parametrize("gone", [{"connection": None}, {"job": None}, {"twin": "app-0"}, {"surge_braked": True}])
def test_a_delivered_application_is_never_created_again(gone: dict[str, Any]) -> None:
    assert said(decided([snapshot(), *statuses("engaged")], around(sent=BY_ENGAGED, **gone))) == NOOP


def test_a45_erasure_reaches_what_was_sent_once() -> None:
    events = [snapshot(), *statuses("engaged")]
    assert said(decided(events, around(sent=BY_ENGAGED, erased=True))) == ("ERASE", "erased")
    erased = Sent(content_sha256=SAME, engaged=True, erased=True)
    assert said(decided(events, around(sent=erased, erased=True))) == ("NOOP", "erased")
    assert said(decided(events, around(sent=erased))) == ("NOOP", "erased")
    assert said(decided([snapshot()], around(sent=BY_ENGAGED, erased=True, connection=None))) == ("ERASE", "erased")
