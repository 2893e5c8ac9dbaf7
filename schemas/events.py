"""The four topics we read, as typed and versioned contracts; bytes become one of these or are refused as BadEvent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from schemas.errors import BadEvent
from schemas.record import Record
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


# `$` alone lets a trailing newline through in Python; the look-ahead changes nothing in ECMA 262 (JSON Schema).
Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
Line = Annotated[str, Meta(max_length=2_000)]
Text = Annotated[str, Meta(max_length=1_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Version = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Stars = Annotated[float, Meta(ge=1, le=5, multiple_of=0.5)]  # A27: 1..5 in halves; null means not rated, never 0


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every record may carry. Unknown fields are ignored."""

    schema_version: int = SCHEMA_VERSION
    event_id: Line | None = None


class JobRef(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: Id
    title: Line = ""


class Candidate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: Id
    first_name: Line | None = None
    last_name: Line | None = None
    email: Line | None = None
    phone: Line | None = None

    def __repr__(self) -> str:
        return f"Candidate(id={self.id!r})"


class Resume(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By value (`content_base64`) or by reference (`url`); neither means it is announced and still on its way."""

    filename: Line | None = None
    media_type: Line | None = None
    url: Line | None = None
    content_base64: str | None = None
    sha256: Line | None = None

    def __repr__(self) -> str:
        return "Resume(...)"


class Turn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    speaker: Line
    at: Moment | None = None
    text: Text

    def __repr__(self) -> str:
        return "Turn(...)"


class Screening(Struct, frozen=True, kw_only=True, omit_defaults=True):
    responded_at: Moment | None = None
    completed_at: Moment | None = None
    transcript: tuple[Turn, ...] = ()


class Criterion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: Line
    verdict: Line | None = None
    note: Text | None = None

    def __repr__(self) -> str:
        return "Criterion(...)"


class Assessment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    rating: Stars | None = None
    summary: Text | None = None
    strengths: tuple[Text, ...] = ()
    concerns: tuple[Text, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    model: Line | None = None
    at: Moment | None = None

    def __repr__(self) -> str:
        return "Assessment(...)"


class Application(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `applications`: the whole snapshot of one candidate on one job; `version` grows."""

    application_id: Id
    employer_id: Id
    version: Version | None = None
    occurred_at: Moment | None = None
    job: JobRef
    source: Line
    candidate: Candidate
    resume: Resume | None = None
    screening: Screening | None = None
    assessment: Assessment | None = None
    profile_url: Line | None = None


class StatusChange(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `candidate-status`: one application reached a status."""

    application_id: Id
    status: Line
    sequence: Version | None = None
    occurred_at: Moment
    actor: str | dict[str, Any] | None = None


class JobChange(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `jobs`: a FactoryFix job, and the ATS's own job id once the two are linked."""

    job_id: Id
    employer_id: Id
    title: Line = ""
    ats_job_id: Id | int | None = None
    state: Line = "open"
    version: Version | None = None
    occurred_at: Moment


class Erasure(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Topic `candidate-erasures`: the candidate asked to be forgotten (A45)."""

    candidate_id: Id
    requested_at: Moment
    scope: Line = "all"


AnyEvent = Application | StatusChange | JobChange | Erasure

TOPICS: Final[dict[str, type[AnyEvent]]] = {
    APPLICATIONS: Application,
    STATUS: StatusChange,
    JOBS: JobChange,
    ERASURES: Erasure,
}
_DECODERS: Final = {topic: msgspec.json.Decoder(kind) for topic, kind in TOPICS.items()}
_PATH: Final = re.compile(r" - at `(?P<path>[^`]*)`$")
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
        raise BadEvent("unknown_topic", "no schema for this topic")
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
        return BadEvent("unknown_source", "not a source this version knows", path="$.source")
    if isinstance(event, StatusChange) and canonical(event.status) not in STATUSES:
        return BadEvent("unknown_status", "not a status this version knows", path="$.status")
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
        raise BadEvent("unknown_schema_version", "written by a newer producer", path="$.schema_version") from None


def _invalid(exc: msgspec.ValidationError) -> BadEvent:
    text = str(exc)
    found = _PATH.search(text)
    return BadEvent("invalid", _PATH.sub("", text), path=found["path"] if found else "$")


def _check(record: Record, event: AnyEvent, limits: Limits) -> None:
    if event.schema_version != SCHEMA_VERSION:
        raise BadEvent("unknown_schema_version", "written by a newer producer", path="$.schema_version")
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
        raise BadEvent("null_key", "the key must be the entity's id, or related records land on other partitions")
    if record.key != entity_id(event).encode():
        raise BadEvent("key_mismatch", "the key is not the entity's id")


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


def json_schemas() -> dict[str, dict[str, Any]]:
    """One JSON Schema (2020-12) per topic we read: what `schemas/json/` holds."""
    return {
        topic: {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
        for topic, kind in TOPICS.items()
    }
