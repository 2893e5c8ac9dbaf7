"""`decide` against a naive reading of docs/rules.md's table, and what holds of every decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.connection import Connection, Policy
from schemas.decision import Sent, Surroundings
from schemas.events import Application, JobChange, StatusChange
from schemas.words import SKIP_REASONS, SOURCES, STATUSES, Trigger
from streams.eligibility import GATES, decide
from tests.laws.histories import NOW, T0, Half, folded, folded_jobs, histories, surroundings
from tests.laws.reference import Story, expected

stories = st.builds(
    Story,
    steps=st.lists(
        st.tuples(st.sampled_from([1, 30, 60, 61, 600]), st.sampled_from([*sorted(STATUSES), "engaged", "pondering"])),
        min_size=1,
        max_size=7,
    ).map(lambda gaps: [(sum(gap for gap, _ in gaps[: n + 1]), word) for n, (_, word) in enumerate(gaps)]),
    source=st.sampled_from(sorted(SOURCES)),
    trigger=st.sampled_from(["engaged", "new"]),
    applied=st.booleans(),
    evidence=st.booleans(),
    passive_evidence=st.sampled_from(["required", "status"]),
    past_gate=st.sampled_from(["hold", "sync"]),
    rejected=st.sampled_from(["skip", "sync"]),
    settle=st.sampled_from([0, 60, 90]),
    since=st.sampled_from([None, 1, 61, 600]),
)
LINKED = folded_jobs([JobChange(job_id="j", employer_id="e", ats_job_id="R", occurred_at=T0 - timedelta(days=9))])


def told(story: Story, *, sequenced: bool) -> list[Half]:
    """The story as events; with sequences the clock may be read backwards without changing anything."""
    stamp = T0.isoformat() if story.evidence else None
    value: dict[str, Any] = {
        "application_id": "a",
        "employer_id": "e",
        "version": 2,
        "job": {"id": "j"},
        "source": story.source,
        "candidate": {"id": "c", "first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"},
        "screening": {"responded_at": stamp, "completed_at": stamp, "transcript": [{"speaker": "c", "text": "hi"}]},
        "assessment": {"rating": 4},
    }
    events: list[Half] = [msgspec.convert(value, Application)]
    if story.applied:
        events.append(msgspec.convert(value | {"version": 1, "source": "direct"}, Application))
    for number, (second, word) in enumerate(story.steps):
        at = T0 + timedelta(seconds=second)
        sequence = number if sequenced else None
        events.append(StatusChange(application_id="a", status=word, occurred_at=at, sequence=sequence))
    return events


def around(story: Story) -> Surroundings:
    policy = msgspec.convert(
        {
            "past_gate": story.past_gate,
            "passive_evidence": story.passive_evidence,
            "rejected": story.rejected,
            "settle_seconds": story.settle,
        },
        Policy,
    )
    trigger = cast("Trigger", story.trigger)
    since = None if story.since is None else T0 + timedelta(seconds=story.since)
    connection = Connection(
        name="acme", employer_id="e", vendor="webhook", trigger=trigger, policy=policy, trigger_since=since
    )
    return Surroundings(connection=connection, job=LINKED)


@settings(max_examples=600)
@given(stories, st.data(), st.booleans(), st.sampled_from([0, 1, 30, 60, 61, 90, 91, 10**6]))
def test_the_reference_model_agrees(story: Story, data: st.DataObject, sequenced: bool, after_s: int) -> None:  # noqa: FBT001
    now = story.steps[-1][0] + after_s
    events = data.draw(st.permutations(told(story, sequenced=sequenced)))
    found = decide(folded(events), around(story), T0 + timedelta(seconds=now))
    wanted = expected(Story(**{**story.__dict__, "now": now}))
    assert (found.verdict, found.reason) == wanted


@given(histories, surroundings, st.booleans())
def test_every_decision_is_explained_by_its_gates(events: list[Half], around_: Surroundings, sent: bool) -> None:  # noqa: FBT001
    delivered = Sent(content_sha256="0" * 64, engaged=False) if sent else None
    fields = {name: getattr(around_, name) for name in Surroundings.__dataclass_fields__}
    decision = decide(folded(events), Surroundings(**fields | {"sent": delivered}), NOW)
    failed = [gate.reason for gate in decision.gates if not gate.passed]
    assert len(decision.gates) == len(GATES)
    assert all(gate.missing for gate in decision.gates if not gate.passed)
    match decision.verdict:
        case "CREATE" | "UPDATE":
            assert (failed, decision.reason) == ([], None)
        case "HOLD" | "SKIP":
            assert decision.reason == failed[0]
            assert sent or (decision.verdict == "SKIP") == (decision.reason in SKIP_REASONS)
        case "ERASE":
            assert sent
            assert around_.erased
        case "NOOP":
            assert sent
            assert decision.reason == "already_delivered"
    assert not (sent and decision.verdict in {"CREATE", "SKIP"})


@given(histories, surroundings)
def test_again_at_is_ahead_and_only_on_what_time_changes(events: list[Half], around_: Surroundings) -> None:
    facts = folded(events)
    decision = decide(facts, around_, NOW)
    if decision.again_at is not None:
        assert decision.again_at > NOW
        later = decide(facts, around_, decision.again_at)
        assert later.again_at != decision.again_at
    before = decide(facts, around_, NOW - timedelta(hours=1))
    if before.again_at is None and before.verdict in {"CREATE", "SKIP"}:
        assert before.verdict == decision.verdict or decision.reason == "backfill_approval"
