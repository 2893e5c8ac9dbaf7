"""Gate 10: what time alone will end - a resume or an assessment on its way, and the settle window of A2."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.decision import Gate
from schemas.words import Reason
from streams.case import Case, judged, unjudged


def resume_gate(case: Case) -> Gate:
    """Announced without content: it is waited for as long as an assessment would be, then sent without (A28)."""
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "resume")
    until = resume_until(case)
    inputs = {"resume": case.snapshot.resume, "announced": case.snapshot.resume_pending, "until": until}
    reason: Reason | None = "awaiting_resume" if _waiting(case, until) else None
    return judged(case, "resume", inputs, reason=reason, missing="the resume that was announced, or the wait's end")


def assessment_gate(case: Case) -> Gate:
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "assessment")
    until = assessment_until(case)
    inputs = {"assessment": case.snapshot.assessment, "transcript": case.snapshot.transcript, "until": until}
    reason: Reason | None = "awaiting_assessment" if _waiting(case, until) else None
    lacking = "the assessment" if case.snapshot.transcript else "the transcript"
    return judged(case, "assessment", inputs, reason=reason, missing=f"{lacking}, or the wait's end")


def settle_gate(case: Case) -> Gate:
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "settle")
    until = settle_until(case)
    inputs = {"settle_seconds": case.connection.policy.settle_seconds, "engaged_at": case.engaged.at, "until": until}
    reason: Reason | None = "awaiting_engaged" if _waiting(case, until) else None
    return judged(case, "settle", inputs, reason=reason, missing="Engaged standing for the whole settle window")


def resume_until(case: Case) -> datetime | None:
    """When sending stops waiting for an announced resume; None where nothing is waited for."""
    if case.snapshot is None or not case.snapshot.resume_pending:
        return None
    return _after_wait(case, _engaged_basis(case) or (case.qualified.at if case.qualified else None))


def assessment_until(case: Case) -> datetime | None:
    """A24; for Engaged only: under trigger new a New is sent without waiting for screening (R2, A25)."""
    if case.snapshot is None or (case.snapshot.assessment and case.snapshot.transcript):
        return None
    return _after_wait(case, _engaged_basis(case))


def settle_until(case: Case) -> datetime | None:
    by_engaged = case.qualified is not None and case.qualified.basis == "engaged"
    return case.engaged.settles_at if by_engaged and case.around.sent is None else None


def _engaged_basis(case: Case) -> datetime | None:
    """Since when Engaged is what we act on: to create by it, or to complete what went out before it (R18)."""
    sent = case.around.sent
    if sent is not None:
        return None if sent.engaged else case.engaged.latched_at
    return case.qualified.at if case.qualified and case.qualified.basis == "engaged" else None


def _after_wait(case: Case, start: datetime | None) -> datetime | None:
    if start is None or case.connection is None:
        return None
    return start + timedelta(seconds=case.connection.policy.assessment_wait_seconds)


def _waiting(case: Case, until: datetime | None) -> bool:
    return until is not None and case.now < until
