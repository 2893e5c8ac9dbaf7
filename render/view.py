"""What the document says, as exact strings: a pure function of one application and its resume part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import phonenumbers

from render.direction import has_right_to_left
from render.links import mail_link, phone_link, web_link
from render.parts import AbsentPart, ResumePart
from render.text import clean, clipped, moment_words, one_line
from schemas.events import Application, Assessment, Candidate, Criterion, Screening, Turn, moments
from schemas.person import normal_email, normal_phone
from schemas.words import canonical

TEMPLATE_VERSION: Final = "5"

Tone = Literal["good", "mixed", "bad", "plain"]
Side = Literal["candidate", "recruiter"]
Fill = Literal["full", "half", "empty"]

_SOURCES: Final = {
    "direct": "Applied directly",
    "passive": "Found by the AI recruiter",
    "talent_search": "Added from the talent pool",
    "upload_screen": "Uploaded for screening",
    "upload_prospect": "Uploaded as a prospect",
    "moved": "Moved from another job",
}
_GOOD: Final = frozenset({"met", "yes", "pass", "passed", "strong", "qualified", "meets", "true", "exceeds", "match"})
_MIXED: Final = frozenset({"partial", "partly", "partially_met", "partly_met", "mixed", "maybe", "unclear", "unknown"})
_BAD: Final = frozenset({"not_met", "no", "fail", "failed", "weak", "unqualified", "missing", "unmet", "false"})
_CANDIDATE_WORDS: Final = frozenset({"candidate", "applicant", "user", "human", "prospect"})
_MOST_STARS: Final = 5
_NAME_LIMIT: Final = 60
_TITLE_LIMIT: Final = 140
_GLANCE_LIMIT: Final = 300  # characters of one field; more would push contact and link off the first page


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    label: str
    text: str
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """`words` is always there; `fills` is empty when there is no rating yet (A25: never 0 stars)."""

    words: str
    alt: str
    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    name: str
    verdict: str
    note: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentView:
    summary: str
    strengths: tuple[str, ...]
    concerns: tuple[str, ...]
    criteria: tuple[CriterionView, ...]
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    side: Side
    speaker: str
    at: str
    at_iso: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """Everything the page shows. No people's data in `repr`: it would end in a log.

    `cut`: label and whole text of what the first page shows the beginning of.
    """

    template_version: str
    application_id: str
    name: str
    job_title: str
    document_title: str
    running_name: str
    source: str
    rating: Rating
    assessment: AssessmentView | None
    contacts: tuple[Contact, ...]
    cut: tuple[tuple[str, str], ...]
    profile_text: str
    profile_href: str | None
    screening_note: str
    turns: tuple[TurnView, ...]
    turns_note: str
    resume: ResumePart
    resume_name: str
    content_at: datetime | None
    model: str

    def __repr__(self) -> str:
        return f"ProfileView(application_id={self.application_id!r})"


def profile_view(
    application: Application, *, template_version: str = TEMPLATE_VERSION, resume: ResumePart | None = None
) -> ProfileView:
    """The view of `application`. Pure: no clock, no network; the same input gives the same view."""
    name, job = full_name(application.candidate), _job_title(application)
    screening = application.screening or Screening()
    return ProfileView(
        template_version=template_version,
        application_id=application.application_id,
        name=clipped(name, _GLANCE_LIMIT),
        job_title=clipped(job, _GLANCE_LIMIT),
        document_title=clipped(f"{name} \u2013 {job}", _TITLE_LIMIT) + " \u2013 FactoryFix profile",
        running_name=_running(name, job),
        source=_SOURCES.get(canonical(application.source), ""),
        rating=_rating(application.assessment),
        assessment=_assessment(application.assessment),
        contacts=tuple(_contacts(application.candidate)),
        cut=tuple(_cut(application)),
        profile_text=one_line(application.profile_url),
        profile_href=web_link(application.profile_url, schemes=frozenset({"https", "http"})),
        screening_note=_screening_note(screening),
        turns=tuple(_turn(turn) for turn in screening.transcript),
        turns_note=_turns_note(screening, application.assessment),
        resume=resume or AbsentPart(),
        resume_name=one_line(application.resume.filename) if application.resume else "",
        content_at=content_at(application),
        model=one_line(application.assessment.model) if application.assessment else "",
    )


def full_name(candidate: Candidate) -> str:
    parts = (one_line(candidate.first_name), one_line(candidate.last_name))
    return " ".join(part for part in parts if part) or "Name not given"


def _running(name: str, job: str) -> str:
    """Name and job for the foot of each page; kept apart where Arabic or Hebrew would else change their places."""
    if not has_right_to_left(name + job):
        return clipped(f"{name} \u00b7 {job}", _NAME_LIMIT)
    first = clipped(name, _NAME_LIMIT - _NAME_LIMIT // 3)
    return f"\u2068{first}\u2069 \u00b7 \u2068{clipped(job, _NAME_LIMIT - len(first))}\u2069"


def content_at(application: Application) -> datetime | None:
    """The newest time the content itself states: the document's date, so that a second rendering has the same bytes."""
    stated = [moment for _, moment in moments(application)]
    return max(stated).astimezone(UTC) if stated else None


def _job_title(application: Application) -> str:
    return one_line(application.job.title) or f"Job {one_line(application.job.id)}"


def _rating(assessment: Assessment | None) -> Rating:
    stars = assessment.rating if assessment else None
    if stars is None:
        return Rating(words="Not rated yet", alt="Not rated yet", fills=())
    shown = f"{stars:g}"
    fills = tuple(_fill(stars - place) for place in range(_MOST_STARS))
    return Rating(words=f"{shown} of 5", alt=f"{shown} out of 5 stars", fills=fills)


def _fill(rest: float) -> Fill:
    if rest >= 1:
        return "full"
    return "half" if rest > 0 else "empty"


def _assessment(assessment: Assessment | None) -> AssessmentView | None:
    if assessment is None:
        return None
    view = AssessmentView(
        summary=clean(assessment.summary),
        strengths=_texts(assessment.strengths),
        concerns=_texts(assessment.concerns),
        criteria=tuple(_criterion(criterion) for criterion in assessment.criteria),
        made_by=_made_by(assessment),
    )
    said = view.summary or view.strengths or view.concerns or view.criteria or assessment.rating is not None
    return view if said else None


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in map(clean, texts) if text)


def _criterion(criterion: Criterion) -> CriterionView:
    verdict = one_line(criterion.verdict).replace("_", " ")  # `not_met` is a word of machines
    return CriterionView(
        name=one_line(criterion.name), verdict=verdict, note=clean(criterion.note), tone=tone_of(verdict)
    )


def tone_of(verdict: str) -> Tone:
    word = canonical(verdict)
    if word in _GOOD:
        return "good"
    if word in _BAD:
        return "bad"
    return "mixed" if word in _MIXED else "plain"


def _made_by(assessment: Assessment) -> str:
    """The label of AI-made parts, with model and time as far as the event says them."""
    model, at = one_line(assessment.model), moment_words(assessment.at)
    by = f"Written by AI ({model})" if model else "Written by AI"
    return f"{by} on {at} UTC" if at else by


def _contacts(candidate: Candidate) -> Iterable[Contact]:
    email, phone = one_line(candidate.email), one_line(candidate.phone)
    address, dialled = normal_email(email) or email, normal_phone(phone)
    yield Contact(label="E-mail", text=glance(address), href=mail_link(address) if address else None)
    if dialled:
        yield Contact(label="Phone", text=_spoken(dialled), href=f"tel:{dialled}")
    else:
        yield Contact(label="Phone", text=glance(phone), href=phone_link(phone) if phone else None)


def _spoken(dialled: str) -> str:
    """`+1 414-555-0137` of a number in E.164: what a person reads out, in the groups of its country."""
    number = phonenumbers.parse(dialled)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def glance(text: str) -> str:
    """What the first page has room for."""
    return clipped(text, _GLANCE_LIMIT) or "Not given"


def _cut(application: Application) -> Iterable[tuple[str, str]]:
    candidate = application.candidate
    whole = (
        ("Name", full_name(candidate)),
        ("Job title", _job_title(application)),
        ("E-mail", one_line(candidate.email)),
        ("Phone", one_line(candidate.phone)),
        ("Live profile", one_line(application.profile_url)),
    )
    return ((label, text) for label, text in whole if len(text) > _GLANCE_LIMIT)


def _turn(turn: Turn) -> TurnView:
    speaker = one_line(turn.speaker) or "Unknown speaker"
    return TurnView(
        side="candidate" if canonical(speaker) in _CANDIDATE_WORDS else "recruiter",
        speaker=speaker,
        at=moment_words(turn.at) or "time not recorded",
        at_iso=turn.at.astimezone(UTC).isoformat() if turn.at else "",
        text=clean(turn.text) or "(no text)",
    )


def _screening_note(screening: Screening) -> str:
    if screening.completed_at:
        return f"Screening completed {moment_words(screening.completed_at)} UTC"
    if screening.responded_at:
        return f"Screening in progress; first reply {moment_words(screening.responded_at)} UTC"
    return "Screening in progress" if screening.transcript else "Screening not started"


def _turns_note(screening: Screening, assessment: Assessment | None) -> str:
    """What stands where the transcript would be (A24, A25); empty when there is one."""
    if screening.transcript:
        return ""
    if screening.completed_at or screening.responded_at or assessment:
        return "The transcript is not available yet."
    return "Screening not started. There is no conversation to show yet; the transcript is not available yet."
