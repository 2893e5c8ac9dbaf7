"""What one account holds: candidates, applications, attachments, and how often each was ever created (the oracle)."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zlib import crc32

from adapters.sandbox.rules import Rules


@dataclass(slots=True, kw_only=True)
class Candidate:
    id: str
    first_name: str
    last_name: str
    emails: list[str]
    phones: list[str]
    source: str | None
    created_at: datetime
    extra: dict[str, Any] = field(default_factory=dict)
    erased_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Application:
    id: str
    candidate_id: str
    job_id: str
    source: str | None
    created_at: datetime
    status: str = "active"
    key: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Attachment:
    id: str
    candidate_id: str | None
    application_id: str | None
    name: str
    kind: str
    content_type: str
    size: int
    sha256: str
    created_at: datetime
    extra: dict[str, Any] = field(default_factory=dict)


Row = Candidate | Application | Attachment
R = TypeVar("R", Candidate, Application, Attachment)
K = TypeVar("K", str, tuple[str, str])


@dataclass(slots=True, kw_only=True)
class Upload:
    """Bytes that arrived. The store keeps the digest; who holds the bytes is not its business."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Account:
    """One customer's ATS. Rows appear in the order they were created; ids of two accounts never meet."""

    name: str
    vendor: str
    rules: Rules = field(default_factory=Rules)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    applications_created: Counter[tuple[str, str]] = field(default_factory=Counter)
    candidates_created: Counter[str] = field(default_factory=Counter)
    incidents: Counter[str] = field(default_factory=Counter)
    memory: dict[str, Any] = field(default_factory=dict)
    window_from: datetime | None = None
    window_used: int = 0
    fault_lag_s: float = 0.0
    _serial: int = 0
    _by_email: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _of_candidate: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _files_of: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def new_id(self) -> str:
        """A 32-bit number; accounts number from different starts, so that an id of one is not found at another."""
        self._serial += 1
        return str((crc32(self.name.encode()) % 2_000 + 100) * 1_000_000 + self._serial)

    def add_candidate(self, candidate: Candidate) -> Candidate:
        self.candidates[candidate.id] = candidate
        self.candidates_created[who_is(candidate)] += 1
        for email in candidate.emails:
            self._by_email[email.lower()].append(candidate.id)
        return candidate

    def add_application(self, application: Application, *, who: str | None = None) -> Application:
        """`who` makes a second one on the same job a duplicate: the person's e-mail, unless the vendor has a key."""
        self.applications[application.id] = application
        self._of_candidate[application.candidate_id].append(application.id)
        person = self.candidates[application.candidate_id]
        self.applications_created[application.job_id, who or who_is(person)] += 1
        return application

    def add_attachment(self, attachment: Attachment) -> Attachment:
        self.attachments[attachment.id] = attachment
        for owner in (attachment.candidate_id, attachment.application_id):
            if owner is not None:
                self._files_of[owner].append(attachment.id)
        return attachment

    def person(self, candidate_id: str | None) -> Candidate | None:
        """The candidate of that id, unless erased."""
        found = self.candidates.get(candidate_id or "")
        return None if found is None or found.erased_at is not None else found

    def with_email(self, email: str) -> list[Candidate]:
        """Everyone who has this address, in any case."""
        return [self.candidates[one] for one in self._by_email.get(email.lower(), ()) if one in self.candidates]

    def applications_of(self, candidate_id: str, job_id: str | None = None) -> list[Application]:
        found = [self.applications[one] for one in self._of_candidate.get(candidate_id, ()) if one in self.applications]
        return [one for one in found if job_id in (None, one.job_id)]

    def files_of(self, owner_id: str) -> list[Attachment]:
        return [self.attachments[one] for one in self._files_of.get(owner_id, ()) if one in self.attachments]

    def visible(self, rows: Iterable[R], now: datetime) -> Iterator[R]:
        """What an index that lags shows at `now`."""
        newest = now - timedelta(seconds=max(self.rules.lookup_lag_s, self.fault_lag_s))
        return (row for row in rows if row.created_at <= newest)

    def is_fresh(self, row: Row, now: datetime) -> bool:
        """Whether a row is so new that the vendor still answers 404 for it."""
        return now < row.created_at + timedelta(seconds=self.rules.fresh_404_s)

    def erase(self, candidate: Candidate, now: datetime) -> None:
        """The person leaves; ids and counts stay, under a name that says nothing."""
        old, new = who_is(candidate), f"erased:{candidate.id}"
        for email in candidate.emails:
            self._by_email[email.lower()].remove(candidate.id)
        for application in self.applications_of(candidate.id):
            _move(self.applications_created, (application.job_id, old), (application.job_id, new))
        _move(self.candidates_created, old, new)
        candidate.first_name = candidate.last_name = ""
        candidate.emails, candidate.phones, candidate.extra = [], [], {}
        candidate.erased_at = now
        for attachment in self.files_of(candidate.id):
            del self.attachments[attachment.id]


def _move(counter: Counter[K], old: K, new: K) -> None:
    if counter[old]:
        counter[new] += 1
    counter[old] -= 1
    if counter[old] <= 0:
        del counter[old]


def who_is(candidate: Candidate) -> str:
    """The person behind a candidate, as far as an ATS can tell: the first e-mail address, else the record itself."""
    return candidate.emails[0].lower() if candidate.emails else f"candidate:{candidate.id}"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
