"""Every cell of the table in docs/rules.md, and the rules R1 to R6."""

from __future__ import annotations

import pytest

from schemas.connection import Policy
from schemas.decision import Sent
from schemas.words import Trigger
from tests.unit.streams.histories import around, decided, said, snapshot, statuses

CREATE = ("CREATE", None)
NEW, OUTREACH, ENGAGED, PAST = ("new",), ("outreach",), ("new", "engaged"), ("outreach", "interview")
FOLLOWERS = ["direct", "talent_search", "upload_screen", "moved"]
GATED = ["passive", "upload_prospect"]
TRIGGERS: list[Trigger] = ["engaged", "new"]


def hold(reason: str) -> tuple[str, str]:
    return "HOLD", reason


@pytest.mark.parametrize("source", FOLLOWERS)
@pytest.mark.parametrize(
    ("trigger", "words", "expected"),
    [
        ("engaged", NEW, hold("awaiting_engaged")),
        ("engaged", OUTREACH, hold("awaiting_engaged")),
        ("engaged", ("sourcing",), hold("awaiting_engaged")),
        ("engaged", ENGAGED, CREATE),
        ("engaged", ("engaged", "hired"), CREATE),
        ("engaged", PAST, hold("gate_skipped")),
        ("engaged", ("new", "hired"), hold("gate_skipped")),
        ("new", NEW, CREATE),
        ("new", OUTREACH, hold("awaiting_new")),
        ("new", ("sourcing",), hold("awaiting_new")),
        ("new", ("new", "outreach"), CREATE),
        ("new", ("engaged",), CREATE),
        ("new", ENGAGED, CREATE),
        ("new", PAST, CREATE),
    ],
)
def test_r01_r02_r05_follows_the_trigger(
    source: str, trigger: Trigger, words: tuple[str, ...], expected: tuple[str, str | None]
) -> None:
    assert said(decided([snapshot(source=source), *statuses(*words)], around(trigger))) == expected


@pytest.mark.parametrize("source", GATED)
@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (NEW, hold("passive_awaiting_screening")),
        (OUTREACH, hold("passive_awaiting_screening")),
        (("sourcing",), hold("passive_awaiting_screening")),
        (("outreach", "engaged"), CREATE),
        (ENGAGED, CREATE),
        (PAST, hold("gate_skipped")),
        (("new", "reviewed"), hold("gate_skipped")),
    ],
)
def test_r03_r04_passive_needs_engaged_under_either_trigger(
    source: str, trigger: Trigger, words: tuple[str, ...], expected: tuple[str, str | None]
) -> None:
    assert said(decided([snapshot(source=source), *statuses(*words)], around(trigger))) == expected


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("lacking", ["responded_at", "completed_at"])
def test_r04_a08_passive_engaged_without_evidence_holds(trigger: Trigger, lacking: str) -> None:
    evidence = {"responded_at": "2026-03-02T12:00:00Z", "completed_at": "2026-03-02T12:00:00Z"}
    del evidence[lacking]
    event = snapshot(source="passive", screening=evidence)
    decision = decided([event, *statuses("engaged")], around(trigger))
    assert said(decision) == hold("passive_awaiting_screening")
    gate = next(gate for gate in decision.gates if gate.name == "source_and_trigger")
    assert gate.missing == ("the candidate's first reply" if lacking == "responded_at" else "a completed screening")


def test_r04_policy_status_takes_engaged_as_evidence() -> None:
    event = snapshot(source="passive", screening=None)
    policy = Policy(passive_evidence="status", assessment_wait_seconds=0)
    assert said(decided([event, *statuses("engaged")], around(policy=policy))) == CREATE
    assert said(decided([event, *statuses("new")], around("new", policy=policy))) == hold("passive_awaiting_screening")


@pytest.mark.parametrize("source", FOLLOWERS + GATED)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_r06_no_link_no_call_whatever_the_source(source: str, trigger: Trigger) -> None:
    events = [snapshot(source=source), *statuses("new", "engaged")]
    assert said(decided(events, around(trigger, job=None))) == hold("job_not_linked")


@pytest.mark.parametrize("source", ["direct", "talent_search"])
def test_r18_engaged_after_a_create_under_trigger_new_is_an_update(source: str) -> None:
    sent = Sent(content_sha256="0" * 64, engaged=False)
    assert said(decided([snapshot(source=source), *statuses(*ENGAGED)], around("new", sent=sent))) == ("UPDATE", None)


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("word", ["outreach", "sourcing", "reviewed", "interview", "offer", "hired"])
def test_r03_passive_at_any_other_status_is_never_sent(trigger: Trigger, word: str) -> None:
    for policy in (Policy(), Policy(past_gate="sync"), Policy(passive_evidence="status")):
        decision = decided([snapshot(source="passive"), *statuses("new", word)], around(trigger, policy=policy))
        assert decision.verdict == "HOLD"
