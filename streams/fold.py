"""Events to facts, whatever the order or repetition: facts are a join-semilattice and a fold merges in a singleton."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from schemas import codec
from schemas.errors import BadEvent
from schemas.events import Application, Assessment, Candidate, JobChange, Limits, Resume, Screening, StatusChange
from schemas.facts import Facts, JobFact, JobFacts, SnapshotFact, StatusFact
from schemas.person import clean_line, normal_email, normal_phone
from schemas.words import canonical, kept_word

DIRECT: Final = "direct"
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_UNVERSIONED: Final = -1

_Moment = tuple[int, datetime, str, str]


def fold(facts: Facts | None, event: Application | StatusChange, limits: Limits) -> Facts:
    """`facts` and what `event` adds. Any order and repetition of one history gives equal facts (A3).

    Returns `facts` itself when the event says nothing new. Raises BadEvent(history_too_long) when a new status would
    make the history longer than `limits.status_history`, and BadEvent(entity_mismatch) for another application's event.
    """
    if facts is None:
        return _singleton(event)
    _same(facts.application_id, event.application_id, path="$.application_id")
    if isinstance(event, StatusChange):
        return _with_status(facts, status_fact(event), limits)
    return merge(facts, _singleton(event))


def merge(a: Facts, b: Facts) -> Facts:
    """All that either knows: commutative, associative, idempotent; `a` itself where `b` adds nothing.

    Raises BadEvent(entity_mismatch) where they are of two applications (A13).
    """
    _same(a.application_id, b.application_id, path="$.application_id")
    merged = Facts(
        application_id=a.application_id,
        statuses=_joined_statuses(a.statuses, b.statuses),
        snapshot=_newer(a.snapshot, b.snapshot),
        applied_directly=a.applied_directly or b.applied_directly,
    )
    return a if merged == a else merged


def fold_job(facts: JobFacts | None, event: JobChange, limits: Limits) -> JobFacts:
    """The same for a job. A history belongs to one (employer, job): key it so, else BadEvent(entity_mismatch) (A13)."""
    single = JobFacts(job_id=event.job_id, employer_id=event.employer_id, history=(job_fact(event),))
    if facts is None:
        return single
    merged = merge_jobs(facts, single)
    if len(merged.history) > max(limits.status_history, len(facts.history)):
        raise BadEvent("history_too_long", f"limit {limits.status_history}")
    return merged


def merge_jobs(a: JobFacts, b: JobFacts) -> JobFacts:
    """All that either knows: commutative, associative, idempotent. Both must be of one employer's one job."""
    _same(a.job_id, b.job_id, path="$.job_id")
    _same(a.employer_id, b.employer_id, path="$.employer_id")
    if set(b.history) <= set(a.history):
        return a
    return JobFacts(job_id=a.job_id, employer_id=a.employer_id, history=_job_order({*a.history, *b.history}))


def status_fact(event: StatusChange) -> StatusFact:
    """What a status event says, in UTC and in our spelling; an unknown word is still one the gate holds on."""
    return StatusFact(
        status=kept_word(event.status),
        occurred_at=event.occurred_at.astimezone(UTC),
        sequence=event.sequence,
        event_id=_event_id(event.event_id),
    )


def job_fact(event: JobChange) -> JobFact:
    return JobFact(
        occurred_at=event.occurred_at.astimezone(UTC),
        version=event.version,
        event_id=_event_id(event.event_id),
        ats_job_id=None if event.ats_job_id is None else str(event.ats_job_id),
        state=canonical(event.state),
        title=clean_line(event.title),
    )


def snapshot_fact(application: Application) -> SnapshotFact:
    """What decides, and digests of the rest: no person's data (see schemas/facts.py)."""
    person = application.candidate
    resume = application.resume
    screening = application.screening or Screening()
    return SnapshotFact(
        version=application.version,
        occurred_at=_utc(application.occurred_at),
        event_id=_event_id(application.event_id),
        content_sha256=content_sha256(application),
        employer_id=application.employer_id,
        job_id=application.job.id,
        candidate_id=person.id,
        source=kept_word(application.source),
        first_name=bool(clean_line(person.first_name)),
        last_name=bool(clean_line(person.last_name)),
        email=normal_email(person.email) is not None,
        phone=normal_phone(person.phone) is not None,
        contact_key=_contact_key(application.employer_id, application.job.id, person),
        resume=_has_content(resume),
        resume_pending=resume is not None and not _has_content(resume),
        responded_at=_utc(screening.responded_at),
        completed_at=_utc(screening.completed_at),
        transcript=bool(screening.transcript),
        assessment=_says_something(application.assessment),
    )


def content_sha256(application: Application) -> str:
    """The fingerprint of A22: equal content gives an equal digest, whatever its version, time of issue or event id.

    Fields at their default are left out, so a field added to the contract later changes no old digest.
    """
    content = msgspec.structs.replace(application, version=None, occurred_at=None, event_id=None, schema_version=1)
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def _singleton(event: Application | StatusChange) -> Facts:
    if isinstance(event, StatusChange):
        return Facts(application_id=event.application_id, statuses=(status_fact(event),))
    snapshot = snapshot_fact(event)
    return Facts(application_id=event.application_id, snapshot=snapshot, applied_directly=snapshot.source == DIRECT)


def _with_status(facts: Facts, status: StatusFact, limits: Limits) -> Facts:
    if status in facts.statuses:
        return facts
    if len(facts.statuses) >= limits.status_history:
        raise BadEvent("history_too_long", f"limit {limits.status_history}")
    return msgspec.structs.replace(facts, statuses=_joined_statuses(facts.statuses, (status,)))


def _joined_statuses(a: tuple[StatusFact, ...], b: tuple[StatusFact, ...]) -> tuple[StatusFact, ...]:
    """The union in its canonical order: by sequence where every status has one, else by event time."""
    if not b or a == b:
        return a
    if not a:
        return b
    union = {*a, *b}
    if all(status.sequence is not None for status in union):
        return tuple(sorted(union, key=_by_sequence))
    return tuple(sorted(union, key=_by_time))


def _by_sequence(status: StatusFact) -> tuple[int, datetime, str, str]:
    return _number(status.sequence), status.occurred_at, status.event_id or "", status.status


def _by_time(status: StatusFact) -> tuple[datetime, str, str, int]:
    return status.occurred_at, status.event_id or "", status.status, _number(status.sequence)


def _job_order(history: set[JobFact]) -> tuple[JobFact, ...]:
    versioned = all(fact.version is not None for fact in history)
    return tuple(sorted(history, key=_by_version if versioned else _by_job_time))


def _by_version(fact: JobFact) -> tuple[int, datetime, str, str, str, str]:
    return _number(fact.version), *_by_job_time(fact)[:-1]


def _by_job_time(fact: JobFact) -> tuple[datetime, str, str, str, str, int]:
    said = (fact.ats_job_id or "", fact.state, fact.title)
    return fact.occurred_at, fact.event_id or "", *said, _number(fact.version)


def _newer(a: SnapshotFact | None, b: SnapshotFact | None) -> SnapshotFact | None:
    if a is None or b is None:
        return a or b
    return max(a, b, key=_snapshot_order)


def _snapshot_order(fact: SnapshotFact) -> _Moment:
    return _number(fact.version), fact.occurred_at or _BEFORE_ALL, fact.event_id or "", fact.content_sha256


def _number(value: int | None) -> int:
    return _UNVERSIONED if value is None else value


def _contact_key(employer_id: str, job_id: str, person: Candidate) -> str | None:
    """Case is ignored in the whole address: an ATS that merges by e-mail ignores it, and a hold is the safe side."""
    email = normal_email(person.email)
    return None if email is None else codec.digest([employer_id, job_id, email.casefold()])


def _has_content(resume: Resume | None) -> bool:
    return resume is not None and bool(resume.url or resume.content_base64)


def _says_something(assessment: Assessment | None) -> bool:
    """An assessment that is announced and still empty is not there yet (A24)."""
    return assessment is not None and assessment != Assessment(model=assessment.model, at=assessment.at)


def _event_id(text: str | None) -> str | None:
    return clean_line(text) or None


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _same(left: str, right: str, *, path: str) -> None:
    if left != right:
        raise BadEvent("entity_mismatch", "facts and event are of different entities", path=path)
