"""What a second reading of the topics takes for a fault of the ledger, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from app.conservation import Conserved, Placed, Topics, judge
from schemas.connection import Connection, Policy
from schemas.events import Application, JobChange, StatusChange
from streams.naive import Heard

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTLED = T0 + timedelta(hours=1)
ACME = Connection(name="acme", employer_id="e", vendor="webhook", trigger="engaged", policy=Policy())


def heard() -> Heard:
    """One who was engaged at T0, with all that may be asked for."""
    found = Heard()
    snapshot = {
        "application_id": "a",
        "employer_id": "e",
        "job": {"id": "j"},
        "source": "direct",
        "candidate": {"id": "c", "first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"},
        "screening": {"transcript": [{"speaker": "c", "text": "hello"}]},
        "assessment": {"rating": 4},
    }
    found.snapshots["a"] = [msgspec.convert(snapshot, Application)]
    found.statuses["a"] = [StatusChange(application_id="a", status="engaged", occurred_at=T0)]
    linked = JobChange(job_id="j", employer_id="e", ats_job_id="R", occurred_at=T0 - timedelta(days=1))
    found.jobs["e", "j"] = [linked]
    return found


def placed(verdict: str = "HOLD", reason: str | None = "awaiting_engaged", state: str | None = None) -> Placed:
    return Placed(
        application_id="a",
        verdict=verdict,
        reason=reason,
        released=False,
        state=state,
        cancelled=False,
        decided_at=T0,
    )


def judged(one: Placed, *, now: datetime = SETTLED, recent: str = "", connection: Connection = ACME) -> Conserved:
    topics = Topics(
        heard=heard(), connections=(connection,), now=now, calm_until=now - MINUTE, recent=frozenset({recent})
    )
    return judge(topics, [one], since=now)


def test_p01_one_who_should_have_been_sent_is_a_fault() -> None:
    found = judged(placed())
    assert [(fault.what, fault.ledger, fault.topics) for fault in found.faults] == [
        ("otherwise", "HOLD awaiting_engaged", "CREATE")
    ]


def test_what_fell_due_within_the_last_minute_is_moving() -> None:
    """The settle window ends a minute after T0 (A2); the sweep has a moment to see it."""
    found = judged(placed(), now=T0 + MINUTE + timedelta(seconds=5))
    assert (found.faults, found.moving) == ((), 1)
    assert len(judged(placed(), now=T0 + 3 * MINUTE).faults) == 1


def test_what_was_just_said_of_ones_job_or_person_is_moving_too() -> None:
    for key in ("a", "j", "c"):
        assert (judged(placed(), recent=key).faults, judged(placed(), recent=key).moving) == ((), 1)
    assert len(judged(placed(), recent="another").faults) == 1


def test_what_others_decide_is_explained_also_while_the_connection_is_paused() -> None:
    paused = replace(ACME, healthy=False)
    assert judged(placed(reason="surge_brake"), connection=paused).faults == ()
    assert len(judged(placed(reason="gate_skipped"), connection=paused).faults) == 1
