"""The four topics we read, as typed and versioned contracts; bytes become one of these or are refused as BadEvent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Struct

from schemas.complaints import told
from schemas.errors import BadEvent
from schemas.fields import ID_FORM, Id, Line, Moment, Stars, Text, Version, listed, says, words
from schemas.record import Record
from schemas.reticent import Reticent
from schemas.words import JOB_STATES, SOURCES, STATUSES, canonical

APPLICATIONS: Final = "applications"
STATUS: Final = "candidate-status"
JOBS: Final = "jobs"
ERASURES: Final = "candidate-erasures"
RESULTS: Final = "ats-sync-results"
DEAD_LETTERS: Final = "ats-sync-dead-letters"

SCHEMA_VERSION: Final = 1
FUTURE_TOLERANCE: Final = timedelta(minutes=5)  # A5
# Far from the ends of what a datetime can hold, so that no later arithmetic with an accepted time can overflow.
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes and counts beyond which an event is refused. Bytes and counts, each a named setting."""

    event_bytes: int = 2_000_000
    transcript_turns: int = 2_000
    status_history: int = 1_000


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every record may carry. Unknown fields are ignored."""

    schema_version: Annotated[int, says("1. Another one is refused until this service knows it.")] = SCHEMA_VERSION
    event_id: Annotated[Line | None, says("Yours; breaks ties between records of one version and time.")] = None


class JobRef(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: Annotated[Id, says("FactoryFix's id of the job; its link to the ATS comes on `jobs`.")]
    title: Annotated[Line, says("As it stands on page 1 of the profile.")] = ""


class Candidate(Reticent, frozen=True, kw_only=True, omit_defaults=True):
    shown = ("id",)

    id: Annotated[Id, says("FactoryFix's id of the person, the same on every job.")]
    first_name: Line | None = None
    last_name: Annotated[Line | None, says("Missing: the employer's policy decides (A33).")] = None
    email: Annotated[Line | None, says("Missing or malformed: held until there is one, or by policy (A31).")] = None
    phone: Annotated[Line | None, says("Any spelling; sent as E.164, read as a number of the USA without a +.")] = None


class Resume(Reticent, frozen=True, kw_only=True, omit_defaults=True):
    """By value (`content_base64`) or by reference (`url`); neither means it is announced and still on its way."""

    filename: Line | None = None
    media_type: Annotated[Line | None, says("Such as application/pdf; what the bytes are is found out anyway.")] = None
    url: Annotated[Line | None, says("https, on a host this service was allowed to fetch from.")] = None
    content_base64: Annotated[str | None, says("The whole file. The record must stay under its size limit.")] = None
    sha256: Annotated[Line | None, says("Hexadecimal digest of the file's bytes.")] = None


class Turn(Reticent, frozen=True, kw_only=True, omit_defaults=True):
    speaker: Annotated[Line, says("As it is to be printed, such as candidate or recruiter.")]
    at: Moment | None = None
    text: Text


class Screening(Struct, frozen=True, kw_only=True, omit_defaults=True):
    responded_at: Annotated[Moment | None, says("The first reply: a sourced candidate is not sent without it.")] = None
    completed_at: Annotated[Moment | None, says("The end of the screening: nor without this.")] = None
    transcript: Annotated[tuple[Turn, ...], says("Every turn so far, the oldest first.")] = ()


class Criterion(Reticent, frozen=True, kw_only=True, omit_defaults=True):
    name: Line
    verdict: Line | None = None
    note: Text | None = None


class Assessment(Reticent, frozen=True, kw_only=True, omit_defaults=True):
    rating: Annotated[Stars | None, says("1 to 5 in halves; null means not rated, never 0.")] = None
    summary: Text | None = None
    strengths: tuple[Text, ...] = ()
    concerns: tuple[Text, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    model: Annotated[Line | None, says("Which model wrote it: the profile says that it is AI-made.")] = None
    at: Moment | None = None


class Application(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `applications`: the whole snapshot of one candidate on one job; `version` grows."""

    application_id: Annotated[Id, says("One candidate on one job; also the record's key.")]
    employer_id: Id
    version: Annotated[Version | None, says("Grows with every change; the greatest is the newest.")] = None
    occurred_at: Annotated[Moment | None, says("Decides where there is no version.")] = None
    job: JobRef
    source: Annotated[Line, words(SOURCES, "How the candidate came; another word is held.")]
    candidate: Candidate
    resume: Resume | None = None
    screening: Screening | None = None
    assessment: Assessment | None = None
    profile_url: Annotated[Line | None, says("The live profile, https; a link on page 1.")] = None


class StatusChange(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `candidate-status`: one application reached a status."""

    application_id: Annotated[Id, says("Also the record's key.")]
    status: Annotated[Line, words(STATUSES, "Another word is held.")]
    sequence: Annotated[Version | None, says("Orders one application's statuses, if every one of them has it.")] = None
    occurred_at: Annotated[Moment, says("When it was reached; not later than the record's own timestamp + 5 minutes.")]
    actor: str | dict[str, Any] | None = None


class JobChange(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `jobs`: a FactoryFix job, and the ATS's own job id once the two are linked."""

    job_id: Annotated[Id, says("Also the record's key.")]
    employer_id: Id
    title: Line = ""
    ats_job_id: Annotated[Id | int | None, says("The ATS's own id of the job; null: not linked, nothing is sent.")] = (
        None
    )
    state: Annotated[Line, words(JOB_STATES, "Another word is refused.")] = "open"
    version: Annotated[Version | None, says("Grows with every change, if every record of the job has it.")] = None
    occurred_at: Moment


class Erasure(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `candidate-erasures`: the candidate asked to be forgotten (A45)."""

    candidate_id: Annotated[Id, says("Also the record's key.")]
    requested_at: Moment
    scope: Annotated[Line, says("Whatever it says, everything of this candidate is erased.")] = "all"


AnyEvent = Application | StatusChange | JobChange | Erasure

TOPICS: Final[dict[str, type[AnyEvent]]] = {
    APPLICATIONS: Application,
    STATUS: StatusChange,
    JOBS: JobChange,
    ERASURES: Erasure,
}
_KEYED_BY: Final = {
    APPLICATIONS: "application_id",
    STATUS: "application_id",
    JOBS: "job_id",
    ERASURES: "candidate_id",
}
_DECODERS: Final = {topic: msgspec.json.Decoder(kind) for topic, kind in TOPICS.items()}
_NEWER: Final = f"this version reads schema_version {SCHEMA_VERSION} alone"
_VERSION_ONLY: Final = msgspec.json.Decoder(Event)


def entity_id(event: AnyEvent) -> str:
    """What the record's key must be: application, job or candidate id."""
    match event:
        case Application() | StatusChange():
            return event.application_id
        case JobChange():
            return event.job_id
        case Erasure():
            return event.candidate_id


def decode(record: Record, limits: Limits) -> AnyEvent:
    """The event in `record`. Raises BadEvent with a code, the field's path and no data of the record.

    Codes: unknown_topic, null_value, too_large, not_json, invalid, unknown_schema_version, null_key, key_mismatch,
    too_many_turns, unknown_job_state, future_time (A5, judged by the record's own timestamp), bad_timestamp (the
    record's own is no time), time_out_of_range (before 1970).
    """
    decoder = _DECODERS.get(record.topic)
    if decoder is None:
        raise BadEvent("unknown_topic", f"not one of {listed(TOPICS)}")
    value = _sized(record, limits)
    try:
        event = decoder.decode(value)
    except msgspec.ValidationError as exc:
        _refuse_unknown_version(value)
        raise _invalid(exc) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadEvent("not_json", "not readable as JSON") from None
    _check(record, event, limits)
    return event


def unknown_word(event: AnyEvent) -> BadEvent | None:
    """A50: an unknown source or status is folded and held, and a copy goes to the dead letters with this reason."""
    if isinstance(event, Application) and canonical(event.source) not in SOURCES:
        return BadEvent("unknown_source", f"not one of {listed(SOURCES)}", path="$.source")
    if isinstance(event, StatusChange) and canonical(event.status) not in STATUSES:
        return BadEvent("unknown_status", f"not one of {listed(STATUSES)}", path="$.status")
    return None


def _sized(record: Record, limits: Limits) -> bytes:
    if record.value is None:
        raise BadEvent("null_value", "a tombstone says nothing here; erase through candidate-erasures")
    if len(record.value) > limits.event_bytes:
        raise BadEvent("too_large", f"{len(record.value)} bytes, limit {limits.event_bytes}")
    return record.value


def _refuse_unknown_version(value: bytes) -> None:
    try:
        version = _VERSION_ONLY.decode(value).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version != SCHEMA_VERSION:
        raise BadEvent("unknown_schema_version", _NEWER, path="$.schema_version") from None


def _invalid(exc: msgspec.ValidationError) -> BadEvent:
    path, words = told(exc, {ID_FORM: "without line breaks and other control characters"})
    return BadEvent("invalid", words, path=path)


def _check(record: Record, event: AnyEvent, limits: Limits) -> None:
    if event.schema_version != SCHEMA_VERSION:
        raise BadEvent("unknown_schema_version", _NEWER, path="$.schema_version")
    _check_key(record, event)
    if isinstance(event, Application) and event.screening:
        turns = len(event.screening.transcript)
        if turns > limits.transcript_turns:
            raise BadEvent("too_many_turns", f"{turns}, limit {limits.transcript_turns}", path="$.screening.transcript")
    if isinstance(event, JobChange) and canonical(event.state) not in JOB_STATES:
        raise BadEvent("unknown_job_state", "expected open, closed or archived", path="$.state")
    _check_times(record, event)


def _check_times(record: Record, event: AnyEvent) -> None:
    latest = _received_at(record) + FUTURE_TOLERANCE
    for path, moment in moments(event):
        if moment > latest:
            raise BadEvent("future_time", "more than 5 minutes after the record's own timestamp", path=path)
        if moment < EARLIEST:
            raise BadEvent("time_out_of_range", "before 1970", path=path)


def _received_at(record: Record) -> datetime:
    """A producer may write any 64-bit number as the record's timestamp."""
    try:
        received_at = record.received_at
    except (ValueError, OverflowError, OSError):
        received_at = LATEST
    if received_at >= LATEST:
        raise BadEvent("bad_timestamp", "the record's own timestamp is not a time this version can hold")
    return received_at


def _check_key(record: Record, event: AnyEvent) -> None:
    if record.key is None:
        name = _KEYED_BY[record.topic]
        raise BadEvent("null_key", f"the record's key must be its {name}, or related records land on other partitions")
    if record.key != entity_id(event).encode():
        name = _KEYED_BY[record.topic]
        raise BadEvent("key_mismatch", f"the record's key is not its {name}", path=f"$.{name}")


def moments(event: AnyEvent) -> list[tuple[str, datetime]]:
    """Every time the event states, with its path."""
    match event:
        case StatusChange() | JobChange():
            found: list[tuple[str, datetime | None]] = [("$.occurred_at", event.occurred_at)]
        case Erasure():
            found = [("$.requested_at", event.requested_at)]
        case Application():
            found = [("$.occurred_at", event.occurred_at), *_snapshot_moments(event)]
    return [(path, moment) for path, moment in found if moment is not None]


def _snapshot_moments(event: Application) -> list[tuple[str, datetime | None]]:
    screening, assessment = event.screening or Screening(), event.assessment or Assessment()
    return [
        ("$.screening.responded_at", screening.responded_at),
        ("$.screening.completed_at", screening.completed_at),
        ("$.assessment.at", assessment.at),
        *((f"$.screening.transcript[{n}].at", turn.at) for n, turn in enumerate(screening.transcript)),
    ]
