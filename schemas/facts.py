"""Everything the events have said about one application or job, folded; holds no person's data, only what decides.

The people's content stays in the snapshot (the event's own bytes), which can be purged; facts and decisions are kept.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class StatusFact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One status the application was said to have; `status` is canonical, or `kept_word` of an unknown one."""

    status: str
    occurred_at: datetime
    sequence: int | None = None
    event_id: str | None = None


class SnapshotFact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the newest snapshot says that decides: presence and digests, never contents.

    `contact_key` is a digest of (employer, job, e-mail) so that A11 can see one address under two candidate ids.
    `content_sha256` is the fingerprint of A22: of the whole content without its version and times of issue.
    """

    version: int | None = None
    occurred_at: datetime | None = None
    event_id: str | None = None
    content_sha256: str
    employer_id: str
    job_id: str
    candidate_id: str
    source: str
    first_name: bool = False
    last_name: bool = False
    email: bool = False
    phone: bool = False
    contact_key: str | None = None
    resume: bool = False
    resume_pending: bool = False
    responded_at: datetime | None = None
    completed_at: datetime | None = None
    transcript: bool = False
    assessment: bool = False


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Both halves of one application. `statuses` is the whole known history in its canonical order (streams/fold.py).

    `applied_directly` latches A9: a passive candidate who applied on the same job is direct from then on.
    """

    application_id: str
    statuses: tuple[StatusFact, ...] = ()
    snapshot: SnapshotFact | None = None
    applied_directly: bool = False


class JobFact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One state of a job. `ats_job_id` None: not linked."""

    occurred_at: datetime
    version: int | None = None
    event_id: str | None = None
    ats_job_id: str | None = None
    state: str = "open"
    title: str = ""


class JobFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job's history in its canonical order; the last one is in force."""

    job_id: str
    employer_id: str
    history: tuple[JobFact, ...] = ()
