"""Records to what they say: decoded and grouped by what they are about, or refused with the reason; no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from app.intake.batch import Content, Refused, Run, Seen, Stored
from schemas.errors import BadEvent
from schemas.events import AnyEvent, Application, Erasure, JobChange, Limits, StatusChange, decode, unknown_word
from schemas.facts import Facts
from schemas.record import Record
from schemas.words import SOURCES, STATUSES, canonical
from streams.fold import fold, merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One event about one application. `alone`: the facts of a snapshot by itself, made once per event."""

    record: Record = field(repr=False)
    event: Application | StatusChange = field(repr=False)
    alone: Facts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All that a batch of records says."""

    said: Mapping[str, Sequence[Said]] = field(default_factory=dict)
    jobs: Sequence[tuple[Record, JobChange]] = ()
    erasures: Sequence[Erasure] = ()
    refused: Sequence[Refused] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """One application after a batch. `content`: the snapshot event that is now the newest; None: it was before."""

    facts: Facts | None
    content: Content | None = None
    contact_key: str | None = None
    refused: Sequence[Refused] = ()


def hear(records: Sequence[Record], limits: Limits) -> Heard:
    """Never raises: whatever a record does to us, it is that record that is refused, and the others go on."""
    said: dict[str, list[Said]] = {}
    jobs: list[tuple[Record, JobChange]] = []
    erasures: list[Erasure] = []
    refused: list[Refused] = []
    for record in records:
        try:
            event, alone = _read(record, limits)
        except BadEvent as exc:
            refused.append(Refused(record=record, error=exc))
            continue
        if copy := unknown_word(event):
            refused.append(Refused(record=record, error=copy))
        match event:
            case Application() | StatusChange():
                said.setdefault(event.application_id, []).append(Said(record=record, event=event, alone=alone))
            case JobChange():
                jobs.append((record, event))
            case Erasure():
                erasures.append(event)
    return Heard(said=said, jobs=jobs, erasures=erasures, refused=refused)


def _read(record: Record, limits: Limits) -> tuple[AnyEvent, Facts | None]:
    try:
        event = decode(record, limits)
        alone = fold(None, event, limits) if isinstance(event, Application | StatusChange) else None
    except BadEvent:
        raise
    except Exception as exc:  # noqa: BLE001 - a value we did not foresee, such as a time before the calendar begins
        raise BadEvent("unprocessable", f"{type(exc).__name__} while reading it") from None
    return event, alone


def fold_said(stored: Stored, facts: Facts | None, said: Sequence[Said], limits: Limits) -> Folded:
    """`facts` and what was said since. An event that cannot be folded is refused; the others count."""
    content: Content | None = None
    contact_key = stored.contact_key
    refused: list[Refused] = []
    for one in said:
        try:
            facts, won = _fold_one(facts, one, limits)
        except BadEvent as exc:
            refused.append(Refused(record=one.record, error=exc))
            continue
        if won and facts.snapshot:
            contact_key = facts.snapshot.contact_key
            content = Content(
                application_id=facts.application_id,
                version=facts.snapshot.version,
                content_sha256=facts.snapshot.content_sha256,
                value=one.record.value or b"",
            )
    return Folded(facts=without_contact(facts), content=content, contact_key=contact_key, refused=refused)


def _fold_one(facts: Facts | None, one: Said, limits: Limits) -> tuple[Facts, bool]:
    """The facts with one event more, and whether its snapshot is the newest now."""
    if one.alone is None or isinstance(one.event, StatusChange):
        return fold(facts, one.event, limits), False
    folded = one.alone if facts is None else merge(facts, one.alone)
    return folded, folded.snapshot is one.alone.snapshot


def without_contact(facts: Facts | None) -> Facts | None:
    """The contact digest lives in a column of its own, where an erasure can blank it; facts never keep it."""
    if facts is None or facts.snapshot is None or facts.snapshot.contact_key is None:
        return facts
    return msgspec.structs.replace(facts, snapshot=msgspec.structs.replace(facts.snapshot, contact_key=None))


def seen(said: Sequence[Said]) -> list[Seen]:
    """For `explain`: where each event was, when it happened, and one word of it. An unknown word is not repeated."""
    return [
        Seen(
            record=one.record,
            application_id=one.event.application_id,
            kind="snapshot" if isinstance(one.event, Application) else "status",
            at=one.event.occurred_at,
            summary=_summary(one.event),
        )
        for one in said
    ]


def _summary(event: Application | StatusChange) -> str:
    word = canonical(event.source if isinstance(event, Application) else event.status)
    known = SOURCES if isinstance(event, Application) else STATUSES
    return word if word in known else "unknown"


def runs(records: Sequence[Record]) -> list[Run]:
    """The consecutive offsets the records cover, in order of topic, partition and offset."""
    places = sorted({(record.topic, record.partition, record.offset) for record in records})
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(places), start=1) if (*a[:2], a[2] + 1) != b)]
    ends = [*starts[1:], len(places)]
    return [
        Run(topic=places[a][0], partition=places[a][1], first=places[a][2], next_offset=places[b - 1][2] + 1)
        for a, b in zip(starts, ends, strict=True)
        if a < b
    ]
