"""What to do about one application: every gate of docs/rules.md in its order, and the verdict they add up to."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from schemas.decision import Decision, Gate, Sent, Surroundings
from schemas.facts import Facts
from schemas.words import SKIP_REASONS
from streams import approval, gates, waits
from streams.case import DEFAULT_BUDGET, BackfillBudget, Case, case_of
from streams.history import engaged_reached

_BEFORE_APPROVAL: Final = (
    gates.facts_gate,
    gates.erased_gate,
    gates.connection_gate,
    gates.redirect_gate,
    gates.source_word_gate,
    gates.status_word_gate,
    gates.ended_gate,
    gates.job_gate,
    gates.trigger_gate,
    gates.name_gate,
    gates.email_gate,
    gates.phone_gate,
    waits.resume_gate,
    waits.assessment_gate,
    waits.settle_gate,
)
GATES: Final = (
    *_BEFORE_APPROVAL,
    approval.twin_gate,
    approval.backfill_gate,
    approval.surge_gate,
    approval.health_gate,
)
_WAITS: Final = {"resume": waits.resume_until, "assessment": waits.assessment_until, "settle": waits.settle_until}
_PASSING: Final = frozenset({*_WAITS, "surge_brake", "connection_health"})  # what opens again without a new fact


def decide(facts: Facts, around: Surroundings, now: datetime, budget: BackfillBudget = DEFAULT_BUDGET) -> Decision:
    """Pure and total. Every gate is evaluated and listed in order; the first that failed names the decision."""
    case = case_of(facts, around, now, budget)
    listed = tuple(gate(case) for gate in GATES)
    failed = next((gate for gate in listed if not gate.passed), None)
    if around.sent is not None:
        return _after_delivery(case, around.sent, listed, failed)
    if failed is None:
        return Decision(verdict="CREATE", gates=listed)
    if failed.reason in SKIP_REASONS:
        return Decision(verdict="SKIP", reason=failed.reason, gates=listed)
    return Decision(verdict="HOLD", reason=failed.reason, gates=listed, again_at=_again_at(case, failed))


def engaged_latched(facts: Facts, settle_seconds: int, now: datetime) -> bool:
    """Whether what is sent now is sent with Engaged reached: `Sent.engaged` of R18."""
    return engaged_reached(facts.statuses, settle_seconds, now).latched_at is not None


def queue_time(facts: Facts, around: Surroundings, now: datetime) -> datetime | None:
    """When the application qualified, if only group 11 is still to be asked: the order of twins (A11) and ranks (A16).

    None where an earlier gate holds it, and where a release let it pass without qualifying.
    """
    case = case_of(facts, around, now)
    if case.qualified is None or not all(gate(case).passed for gate in _BEFORE_APPROVAL):
        return None
    return case.qualified.at


def backfills(facts: Facts, around: Surroundings, now: datetime) -> bool:
    """Whether the application qualified before its job was linked (A16)."""
    return approval.is_backfill(case_of(facts, around, now))


def _after_delivery(case: Case, sent: Sent, listed: tuple[Gate, ...], failed: Gate | None) -> Decision:
    """Delivered: erase, complete or leave alone. Nothing creates a second time (A1, R16)."""
    if case.around.erased or sent.erased:
        return Decision(verdict="NOOP" if sent.erased else "ERASE", reason="erased", gates=listed)
    if not _update_due(case, sent):
        return Decision(verdict="NOOP", reason="already_delivered", gates=listed, again_at=_may_latch_at(case, sent))
    if failed is None:
        return Decision(verdict="UPDATE", gates=listed)
    if failed.name in _PASSING:
        return Decision(verdict="HOLD", reason=failed.reason, gates=listed, again_at=_again_at(case, failed))
    return Decision(verdict="NOOP", reason="already_delivered", gates=listed)


def _update_due(case: Case, sent: Sent) -> bool:
    if case.connection is None or case.snapshot is None:
        return False
    match case.connection.policy.update_policy:
        case "engaged_only":
            return not sent.engaged and case.engaged.latched_at is not None
        case "material":
            return case.snapshot.content_sha256 != sent.content_sha256
        case "never":
            return False


def _may_latch_at(case: Case, sent: Sent) -> datetime | None:
    if case.connection is None or case.connection.policy.update_policy != "engaged_only" or sent.engaged:
        return None
    return case.engaged.settles_at


def _again_at(case: Case, failed: Gate) -> datetime | None:
    until = _WAITS.get(failed.name)
    return until(case) if until else None
