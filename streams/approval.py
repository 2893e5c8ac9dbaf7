"""Gate 11: what a person or the connection must allow - twins, backfills, the surge brake, a connection that works."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.decision import Gate
from schemas.facts import JobFact
from schemas.words import Reason
from streams.case import Case, judged, unjudged


def twin_gate(case: Case) -> Gate:
    """A11: one address under two candidate ids on one job; never merged by guess."""
    twin = case.around.twin if case.around.sent is None else None
    reason: Reason | None = "ambiguous_delivery" if twin is not None else None
    missing = "a person's word that these are two people, or one"
    return judged(case, "twin", {"twin": twin}, reason=reason, missing=missing)


def backfill_gate(case: Case) -> Gate:
    """A16. What was delivered is no backfill, and a re-link starts none (A17)."""
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "backfill")
    policy = case.connection.policy.backfill_on_link
    inputs = {
        "backfill_on_link": policy,
        "backfill": is_backfill(case),
        "linked_at": linked_at(case.job.history) if case.job else None,
        "rank": case.around.backfill_rank,
        "approved": case.around.backfill_approved,
    }
    allowed = case.around.backfill_approved or (policy == "auto" and _within_budget(case))
    reason: Reason | None = "backfill_approval" if is_backfill(case) and not allowed else None
    return judged(case, "backfill", inputs, reason=reason, missing="an approval of this job's backfill")


def surge_gate(case: Case) -> Gate:
    braked = case.around.surge_braked
    reason: Reason | None = "surge_brake" if braked else None
    return judged(case, "surge_brake", {"braked": braked}, reason=reason, missing="the surge brake being released")


def health_gate(case: Case) -> Gate:
    if case.connection is None:
        return unjudged(case, "connection_health")
    healthy = case.connection.healthy
    reason: Reason | None = None if healthy else "connection_down"
    missing = "the connection working again"
    return judged(case, "connection_health", {"healthy": healthy}, reason=reason, missing=missing)


def is_backfill(case: Case) -> bool:
    """The candidate qualified before the job was linked, and nothing has been sent for them."""
    if case.around.sent is not None or case.qualified is None or case.job is None:
        return False
    since = linked_at(case.job.history)
    return since is not None and case.qualified.at < since


def linked_at(history: tuple[JobFact, ...]) -> datetime | None:
    """Since when the job has been linked without a break; a re-link is no break. None: not linked."""
    since = None
    for fact in reversed(history):
        if fact.ats_job_id is None:
            break
        since = fact.occurred_at
    return since


def _within_budget(case: Case) -> bool:
    if case.qualified is None or case.around.backfill_rank >= case.budget.max_applications:
        return False
    return case.now - case.qualified.at <= timedelta(days=case.budget.max_days)
