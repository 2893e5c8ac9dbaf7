"""What one ingest batch reads from the ledger and writes to it, as plain values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.connection import Connection
from schemas.decision import Decision
from schemas.delivery import Kind, State
from schemas.errors import BadEvent
from schemas.facts import Facts, JobFacts
from schemas.record import Record
from schemas.words import Reason

JobKey = tuple[str, str]  # employer_id, job_id: one employer's job is never another's (A13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An application's row, locked. `facts` are left out where the caller named their digest: it has them."""

    application_id: str
    facts: Facts | None = None
    facts_sha256: str | None = None
    verdict: str | None = None
    reason: str | None = None
    contact_key: str | None = None
    connection: str | None = None
    policy_version: int | None = None
    again_at: datetime | None = None
    released: frozenset[Reason] = frozenset()
    backfill_approved: bool = False
    backfill_taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One delivery of an application, as far as deciding needs to know it."""

    kind: Kind
    generation: int
    state: State
    connection: str
    content_sha256: str | None
    engaged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What decisions look at beside the applications themselves. Keys: employer, job, candidate, application."""

    connections: Mapping[str, Connection] = field(default_factory=dict)
    jobs: Mapping[JobKey, JobFacts] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    shipments: Mapping[str, tuple[Shipment, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who has one address on one job (A11)."""

    contact_key: str
    application_id: str
    candidate_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One delivery to be made."""

    key: uuid.UUID
    kind: Kind
    generation: int
    connection: str
    employer_id: str
    application_id: str
    candidate_id: str
    job_id: str
    ats_job_id: str
    content_sha256: str
    engaged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    record: Record = field(repr=False)
    error: BadEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The newest snapshot event of an application, its bytes as they were received."""

    application_id: str
    version: int | None
    content_sha256: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record behind an application's facts."""

    record: Record = field(repr=False)
    application_id: str
    kind: str
    at: datetime | None
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An application's row as it is to be written. `facts_json` is canonical; `facts_sha256` its digest."""

    application_id: str
    facts: Facts
    facts_json: bytes = field(repr=False)
    facts_sha256: str
    decision: Decision
    contact_key: str | None = None
    connection: str | None = None
    policy_version: int | None = None
    backfill_taken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Consecutive offsets of one partition that this batch covers: from `first` up to, without, `next_offset`."""

    topic: str
    partition: int
    first: int
    next_offset: int
