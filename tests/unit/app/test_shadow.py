"""What a shadow ledger decides otherwise, and what is only the course of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.conservation import Placed
from app.shadow import compare

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENT = Placed(
    application_id="a",
    verdict="NOOP",
    reason="already_delivered",
    released=False,
    state="delivered",
    cancelled=False,
    decided_at=T0,
)
AGAIN = replace(SENT, verdict="CREATE", reason=None, state="new")


def held(verdict: str, reason: str) -> Placed:
    return replace(SENT, verdict=verdict, reason=reason, state=None)


def test_what_is_in_the_ats_is_to_be_sent_in_a_shadow() -> None:
    assert compare([SENT], [AGAIN], since=T0).same == 1


@pytest.mark.parametrize(("verdict", "reason"), [("SKIP", "withdrawn"), ("HOLD", "job_closed")])
def test_r16_what_ended_after_it_was_sent_is_no_difference(verdict: str, reason: str) -> None:
    found = compare([SENT], [held(verdict, reason)], since=T0)
    assert (found.ended, found.differing) == (1, ())


def test_a_version_that_would_no_longer_send_what_was_sent_is_a_difference() -> None:
    found = compare([SENT], [held("HOLD", "awaiting_engaged")], since=T0)
    assert [(one.live, one.shadow) for one in found.differing] == [("to be sent, or sent", "HOLD awaiting_engaged")]


def test_what_the_live_ledger_decided_meanwhile_is_left_out() -> None:
    late = replace(held("HOLD", "awaiting_engaged"), decided_at=T0 + timedelta(seconds=1))
    found = compare([late], [AGAIN], since=T0)
    assert (found.moving, found.same, found.differing) == (1, 0, ())


def test_what_a_person_released_is_the_same_unless_the_shadow_has_none_of_it() -> None:
    released = replace(SENT, released=True)
    assert compare([released], [held("HOLD", "gate_skipped")], since=T0).same == 1
    assert [one.shadow for one in compare([released], [], since=T0).differing] == ["-"]
