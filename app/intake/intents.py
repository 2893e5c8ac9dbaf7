"""What a decision asks of delivery: a delivery to be made, one to be taken back, an address to be given up; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from app.intake.batch import Intent
from app.intake.judging import Docket
from schemas.delivery import Kind, State, delivery_key
from schemas.facts import JobFacts
from schemas.words import Reason
from streams.eligibility import engaged_latched

_KINDS: Final[dict[str, Kind]] = {"CREATE": "create", "UPDATE": "update", "ERASE": "erase"}
_NEVER_SENT: Final = frozenset({State.NEW, State.READY, State.PARKED})
_GONE_OUT: Final = frozenset({State.SENDING, State.UNCERTAIN, State.DELIVERED})
# Holds that only delay: what was intended before stays intended.
_DELAYS: Final[frozenset[Reason]] = frozenset(
    {"connection_down", "surge_brake", "backfill_approval", "awaiting_assessment", "awaiting_resume"}
)


def intent_of(docket: Docket, now: datetime) -> Intent | None:
    """The delivery a decision asks for. Its key is the same however often it is asked."""
    kind = _KINDS.get(docket.decision.verdict)
    snapshot, connection, sent = docket.facts.snapshot, docket.around.connection, docket.around.sent
    if kind is None or snapshot is None or connection is None:
        return None
    generation = 1 + sent.updates if kind == "update" and sent else 1
    return Intent(
        key=delivery_key(
            employer_id=snapshot.employer_id,
            connection=connection.name,
            application_id=docket.facts.application_id,
            kind=kind,
            generation=generation,
        ),
        kind=kind,
        generation=generation,
        connection=connection.name,
        employer_id=snapshot.employer_id,
        application_id=docket.facts.application_id,
        candidate_id=snapshot.candidate_id,
        job_id=snapshot.job_id,
        ats_job_id=ats_job_id(docket.around.job) or "",
        content_sha256=snapshot.content_sha256,
        engaged=engaged_latched(docket.facts, connection.policy.settle_seconds, now),
    )


def to_cancel(docket: Docket) -> str | None:
    """The reason to take back what was intended and never sent; None: it stands."""
    verdict, reason = docket.decision.verdict, docket.decision.reason
    if verdict in ("CREATE", "UPDATE") or reason in _DELAYS:
        return None
    pending = any(s.kind != "erase" and s.state in _NEVER_SENT for s in docket.shipments)
    return (reason or verdict.lower()) if pending else None


def gives_up_contact(docket: Docket) -> bool:
    """Whether its address is free for the next: it had the better right, and now it is not going out (A11)."""
    verdict, reason = docket.decision.verdict, docket.decision.reason
    had_it = docket.stored.verdict == "CREATE" or docket.stored.reason in _DELAYS
    has_it = verdict in ("CREATE", "UPDATE", "NOOP", "ERASE") or reason in _DELAYS
    return had_it and not has_it and not any(s.state in _GONE_OUT for s in docket.shipments)


def ats_job_id(job: JobFacts | None) -> str | None:
    """The ATS's own id of the job, as it is linked now."""
    return job.history[-1].ats_job_id if job and job.history else None
