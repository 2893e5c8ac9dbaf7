"""What the scenarios write with: employers, jobs, people, records of a story, and how each application must end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from schemas.decision import Verdict
from schemas.record import Record
from schemas.words import Reason, Trigger

# A wave is published only when the one before it has been worked off, so that what must come first has come first.
GROUNDWORK: Final = 0  # jobs, links, and facts that must block something before it could start
MAIN: Final = 1  # most of the history, in any order
LATER: Final = 2  # what happens to people who are in the ATS by then, and facts that arrive late
LAST: Final = 3
WAVES: Final = (GROUNDWORK, MAIN, LATER, LAST)

Bucket = Literal["delivered", "held", "skipped", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """`connection` None: an employer who never connected an ATS."""

    employer_id: str
    name: str
    connection: str | None
    vendor: str | None
    trigger: Trigger | None
    trades: tuple[str, ...]
    policy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`ats_job_id` is the requisition the scenario means; whether and when the link is announced is in its entries."""

    job_id: str
    employer: Employer
    trade: str
    title: str
    ats_job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A made-up person. `email` and `phone` are what the ATS must get; `written_*` is how upstream spells them."""

    candidate_id: str
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    written_email: str = field(repr=False)
    written_phone: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record to publish. `repeatable`: a second copy changes nothing that the manifest counts."""

    wave: int
    at: datetime
    topic: str
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    repeatable: bool = True

    def record(self) -> Record:
        return Record(topic=self.topic, key=self.key, value=self.value, timestamp_ms=int(self.at.timestamp() * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What one application must have left in the ATS. `email` None: an address we make up (A31)."""

    account: str
    ats_job_id: str
    candidate_id: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    updates: int = 0  # attempts to replace the PDF after the create (R18, A22)
    erased: bool = False  # arrived, and was to be erased again (A45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How one application must end, said by its scenario. `decided`: on the same records, had nothing been sent."""

    application_id: str
    employer_id: str | None  # None: no record ever says whose it is
    scenario: str
    bucket: Bucket
    reason: Reason | None = None
    decided: tuple[Verdict, Reason | None] = ("CREATE", None)
    arrival: Arrival | None = None
    phrases: tuple[str, ...] = field(
        default=(), repr=False
    )  # said on this job alone, nowhere but in its PDF (R12, R13)
    personal: tuple[str, ...] = field(default=(), repr=False)  # may be in the ledger, the events and the PDF only (P5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one scenario adds. `closed_jobs`, `unknown_jobs`: (account, ATS job id) as the ATS sees them."""

    entries: tuple[Entry, ...]
    expected: tuple[Expected, ...]
    dead_letters: tuple[str, ...] = ()
    closed_jobs: tuple[tuple[str, str], ...] = ()
    unknown_jobs: tuple[tuple[str, str], ...] = ()
