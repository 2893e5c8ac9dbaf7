"""The sentences a scenario ends with: delivered, held, skipped, refused; each states what the ATS must hold by then."""

from __future__ import annotations

from typing import Any

from app.demo.author import Case
from app.demo.values import Arrival, Expected
from schemas.decision import Verdict
from schemas.words import Reason


def delivered(
    case: Case, scenario: str, *, decided: tuple[Verdict, Reason | None] = ("CREATE", None), **arrival: Any
) -> Expected:
    """In the ATS, once, with its PDF. `arrival` replaces what differs from the person as written."""
    return Expected(
        application_id=case.application_id,
        employer_id=case.employer.employer_id,
        scenario=scenario,
        bucket="delivered",
        decided=decided,
        arrival=arrived(case, **arrival),
        phrases=case.phrases,
        personal=personal(case),
    )


def held(
    case: Case, scenario: str, reason: Reason, *, decided: tuple[Verdict, Reason | None] | None = None
) -> Expected:
    """Not in the ATS, and could be one day. `decided`: where only the ATS itself could make it wait."""
    return Expected(
        application_id=case.application_id,
        employer_id=case.employer.employer_id,
        scenario=scenario,
        bucket="held",
        reason=reason,
        decided=decided or ("HOLD", reason),
        phrases=case.phrases,
        personal=personal(case),
    )


def skipped(case: Case, scenario: str, reason: Reason, *, arrival: Arrival | None = None) -> Expected:
    """Not for the ATS. `arrival`: it was there before the reason came (A45)."""
    return Expected(
        application_id=case.application_id,
        employer_id=case.employer.employer_id,
        scenario=scenario,
        bucket="skipped",
        reason=reason,
        decided=("SKIP", reason),
        arrival=arrival,
        phrases=case.phrases,
        personal=personal(case),
    )


def refused(case: Case, scenario: str) -> Expected:
    """Decided for, sent, and refused by the ATS for good."""
    return Expected(
        application_id=case.application_id,
        employer_id=case.employer.employer_id,
        scenario=scenario,
        bucket="dead",
        phrases=case.phrases,
        personal=personal(case),
    )


def arrived(case: Case, **changes: Any) -> Arrival:
    """What `case` leaves in its employer's ATS account."""
    person = case.person
    found = {
        "account": case.employer.connection,
        "ats_job_id": case.job.ats_job_id,
        "candidate_id": person.candidate_id,
        "email": person.email,
        "phone": person.phone,
        "first_name": person.first_name,
        "last_name": person.last_name,
    }
    return Arrival(**{**found, **changes})


def personal(case: Case) -> tuple[str, ...]:
    """Strings that belong to this person alone; long enough not to occur by chance."""
    person = case.person
    return (person.email.partition("@")[0], person.phone.removeprefix("+1"))
