"""Gates 1 to 9 of docs/rules.md: what must be known, wanted and present before anything is sent."""

from __future__ import annotations

from schemas.decision import Gate
from schemas.facts import StatusFact
from schemas.person import clean_line
from schemas.words import SOURCES, STATUSES, Reason
from streams.case import Case, judged, unjudged
from streams.history import stage
from streams.qualification import Unqualified, effective_source


def facts_gate(case: Case) -> Gate:
    snapshot, latest = case.snapshot, case.latest
    inputs = {
        "snapshot": snapshot is not None,
        "version": snapshot.version if snapshot else None,
        "statuses": len(case.facts.statuses),
    }
    if snapshot is not None and latest is not None:
        return judged(case, "facts", inputs)
    missing = "the application itself" if snapshot is None else "a first status"
    return judged(case, "facts", inputs, reason="facts_incomplete", missing=missing)


def erased_gate(case: Case) -> Gate:
    reason: Reason | None = "erased" if case.around.erased else None
    return judged(case, "erased", {"erased": case.around.erased}, reason=reason, missing="nothing: it is final")


def connection_gate(case: Case) -> Gate:
    if case.connection is None:
        missing = "a connection for this employer"
        return judged(case, "connection", {"connection": None}, reason="no_connection", missing=missing)
    inputs = {"connection": case.connection.name, "policy_version": case.connection.policy_version}
    return judged(case, "connection", inputs)


def redirect_gate(case: Case) -> Gate:
    if case.connection is None:
        return unjudged(case, "redirect_mode")
    redirected = case.connection.policy.redirect_mode
    reason: Reason | None = "redirect_mode" if redirected else None
    missing = "the employer leaving redirect mode"
    return judged(case, "redirect_mode", {"redirect_mode": redirected}, reason=reason, missing=missing)


def source_word_gate(case: Case) -> Gate:
    if case.snapshot is None:
        return unjudged(case, "known_source")
    source = case.snapshot.source
    reason: Reason | None = None if source in SOURCES else "unknown_source"
    missing = "a snapshot with a known source"
    return judged(case, "known_source", {"source": source}, reason=reason, missing=missing)


def status_word_gate(case: Case) -> Gate:
    latest = case.latest
    if latest is None:
        return Gate(name="known_status", passed=False, reason="facts_incomplete", missing="a first status")
    reason: Reason | None = None if latest.status in STATUSES else "unknown_status"
    return judged(case, "known_status", _status_inputs(latest), reason=reason, missing="a known status")


def ended_gate(case: Case) -> Gate:
    latest = case.latest
    if latest is None:
        return Gate(name="ended", passed=False, reason="facts_incomplete", missing="a first status")
    reason: Reason | None = None
    if latest.status == "withdrawn":
        reason = "withdrawn"
    elif latest.status == "rejected" and not (case.connection and case.connection.policy.rejected == "sync"):
        reason = "rejected_before_sync"
    missing = "a later status that is back in the pipeline"
    return judged(case, "ended", _status_inputs(latest), reason=reason, missing=missing)


def job_gate(case: Case) -> Gate:
    if case.snapshot is None:
        return unjudged(case, "job")
    job = case.job_now
    inputs = {
        "job_id": case.snapshot.job_id,
        "ats_job_id": job.ats_job_id if job else None,
        "state": job.state if job else None,
    }
    if job is None or job.ats_job_id is None:
        return judged(case, "job", inputs, reason="job_not_linked", missing="a link from this job to the ATS's own")
    if job.state == "open":
        return judged(case, "job", inputs)
    reason: Reason = "job_closed" if job.state == "closed" else "job_archived"
    return judged(case, "job", inputs, reason=reason, missing="the job being opened again")


def trigger_gate(case: Case) -> Gate:
    """Gate 8. What was delivered has qualified once and for all (A1, A20): only its content is looked at again."""
    snapshot, connection, found = case.snapshot, case.connection, case.qualification
    if snapshot is None or connection is None or found is None:
        return unjudged(case, "source_and_trigger")
    inputs = {
        "source": effective_source(snapshot, applied_directly=case.facts.applied_directly),
        "trigger": connection.trigger,
        "stage": stage(case.facts.statuses),
        "engaged_at": case.engaged.at,
        "basis": case.qualified.basis if case.qualified else None,
        "qualified_at": case.qualified.at if case.qualified else None,
    }
    if case.around.sent is None and isinstance(found, Unqualified):
        return judged(case, "source_and_trigger", inputs, reason=found.reason, missing=found.missing)
    return judged(case, "source_and_trigger", inputs)


def name_gate(case: Case) -> Gate:
    """A33: one word is enough where the policy has a last name to put beside it."""
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "name")
    first, last = case.snapshot.first_name, case.snapshot.last_name
    stands_in = bool(clean_line(case.connection.policy.missing_last_name))
    usable = (first and last) or ((first or last) and stands_in)
    inputs = {"first_name": first, "last_name": last, "missing_last_name": stands_in}
    reason: Reason | None = None if usable else "missing_name"
    missing = "the candidate's last name" if first or last else "the candidate's name"
    return judged(case, "name", inputs, reason=reason, missing=missing)


def email_gate(case: Case) -> Gate:
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "email")
    policy = case.connection.policy.missing_email
    inputs = {"usable_email": case.snapshot.email, "missing_email": policy}
    reason: Reason | None = None if case.snapshot.email or policy == "placeholder" else "missing_email"
    return judged(case, "email", inputs, reason=reason, missing="a valid e-mail address of the candidate")


def phone_gate(case: Case) -> Gate:
    if case.snapshot is None or case.connection is None:
        return unjudged(case, "phone")
    required = case.connection.policy.require_phone
    reason: Reason | None = "missing_required_phone" if required and not case.snapshot.phone else None
    inputs = {"usable_phone": case.snapshot.phone, "require_phone": required}
    return judged(case, "phone", inputs, reason=reason, missing="a valid phone number of the candidate")


def _status_inputs(latest: StatusFact) -> dict[str, object]:
    return {"status": latest.status, "occurred_at": latest.occurred_at, "sequence": latest.sequence}
