"""Hands the scenarios their jobs, people and applications, and writes the records about them; same seed, same words."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.demo.employers import employers
from app.demo.people import contact
from app.demo.resumes import KINDS, resume
from app.demo.screenings import Talk, canary, talk
from app.demo.script import read
from app.demo.values import MAIN, Contact, Employer, Entry, Job
from schemas.codec import encode
from schemas.events import APPLICATIONS, ERASURES, JOBS, STATUS

_LINK_AGE = timedelta(days=6)  # jobs are known and linked well before anybody applies
_NUMBERED = 0.8  # the share of applications whose status events carry a sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One application as its author planned it. Minutes count from `applied_at`."""

    application_id: str
    job: Job
    person: Contact
    source: str
    applied_at: datetime
    talk: Talk
    resume: dict[str, Any] | None = field(repr=False)
    sequenced: bool
    phrases: tuple[str, ...] = field(repr=False)

    @property
    def employer(self) -> Employer:
        return self.job.employer

    def snapshot(self, *, wave: int = MAIN, version: int = 2, screened: bool = True, **changes: Any) -> Entry:
        """The application after the screening, or (`screened=False`) before it. `changes` replace fields."""
        at = (
            self.applied_at + timedelta(minutes=version)
            if not screened
            else self.talk.completed_at + timedelta(minutes=5)
        )
        value = {**self._fields(version, at), **(self._screening() if screened else {}), **changes}
        return self._entry(wave, at, APPLICATIONS, value)

    def said(self, status: str, minutes: float, *, wave: int = MAIN, **changes: Any) -> Entry:
        """The application reached `status`."""
        at = self.applied_at + timedelta(minutes=minutes)
        value: dict[str, Any] = {
            "schema_version": 1,
            "application_id": self.application_id,
            "status": status,
            "occurred_at": at.isoformat(),
            "actor": {"kind": "recruiter" if minutes else "system"},
        }
        if self.sequenced:
            value["sequence"] = int(minutes * 60)
        return self._entry(wave, at, STATUS, {**value, **changes})

    def erasure(self, minutes: float, *, wave: int = MAIN) -> Entry:
        """The candidate asked to be forgotten."""
        at = self.applied_at + timedelta(minutes=minutes)
        value = {"candidate_id": self.person.candidate_id, "requested_at": at.isoformat(), "scope": "all"}
        return entry(wave, at, ERASURES, self.person.candidate_id, value)

    def _fields(self, version: int, at: datetime) -> dict[str, Any]:
        return {
            "schema_version": 1,
            "event_id": f"{self.application_id}-v{version}",
            "application_id": self.application_id,
            "employer_id": self.employer.employer_id,
            "version": version,
            "occurred_at": at.isoformat(),
            "job": {"id": self.job.job_id, "title": self.job.title},
            "source": self.source,
            "candidate": candidate(self.person),
            "resume": self.resume,
            "profile_url": f"https://app.factoryfix.example/a/{self.application_id}",
            "producer": "marketplace 2026.11",  # a field this service does not know: ignored
        }

    def _screening(self) -> dict[str, Any]:
        return {
            "screening": {
                "responded_at": self.talk.responded_at.isoformat(),
                "completed_at": self.talk.completed_at.isoformat(),
                "transcript": self.talk.transcript,
            },
            "assessment": self.talk.assessment,
        }

    def _entry(self, wave: int, at: datetime, topic: str, value: dict[str, Any]) -> Entry:
        return entry(wave, at, topic, self.application_id, value)


def candidate(person: Contact, **changes: Any) -> dict[str, Any]:
    """A person as upstream writes them; `changes` replace fields."""
    return {
        "id": person.candidate_id,
        "first_name": unicodedata.normalize("NFD", person.first_name),
        "last_name": person.last_name,
        "email": person.written_email,
        "phone": person.written_phone,
        **changes,
    }


def entry(wave: int, at: datetime, topic: str, key: str, value: dict[str, Any]) -> Entry:
    """A well-formed record; the broker's timestamp is a few seconds after the event."""
    return Entry(wave=wave, at=at + timedelta(seconds=3), topic=topic, key=key.encode(), value=encode(value))


class Author:
    """Counts what has been handed out. `now` is the moment of publication; everything happened before it."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.now = now
        self._employers = employers()
        self._people = self._applications = self._jobs = 0
        self._usual: dict[tuple[str, str], Job] = {}
        self._announced: list[Entry] = []

    def employer(self, name: str) -> Employer:
        return self._employers[name]

    def all_employers(self) -> tuple[Employer, ...]:
        return tuple(self._employers.values())

    def announced(self) -> tuple[Entry, ...]:
        """The entries of the ordinary jobs: open, and linked before anybody applied."""
        return tuple(self._announced)

    def job(self, employer: Employer, *, trade: str | None = None) -> Job:
        """A job of its own, about which nothing is announced yet."""
        self._jobs += 1
        trade = trade or self.rng.choice(employer.trades)
        requisition = str(40_000 + self._jobs)
        return Job(
            job_id=f"job-{employer.employer_id.removeprefix('emp-')}-{self._jobs:03d}",
            employer=employer,
            trade=trade,
            title=self.rng.choice(read("trades")[trade]["titles"]),
            ats_job_id=f"REQ-{requisition}" if employer.vendor == "webhook" else requisition,
        )

    def usual_job(self, employer: Employer) -> Job:
        """One of the employer's ordinary open jobs, linked from the start."""
        trade = self.rng.choice(employer.trades)
        if (employer.employer_id, trade) not in self._usual:
            made = self._usual[employer.employer_id, trade] = self.job(employer, trade=trade)
            self._announced.append(self.heard(made))
        return self._usual[employer.employer_id, trade]

    def heard(self, job: Job, *, wave: int = 0, version: int = 1, at: datetime | None = None, **changes: Any) -> Entry:
        """What the `jobs` topic says of a job: open and linked, unless `changes` say otherwise."""
        at = at or self.now - _LINK_AGE + timedelta(minutes=version)
        number = job.ats_job_id.isdigit() and job.employer.vendor == "jobadder"
        value = {
            "schema_version": 1,
            "job_id": job.job_id,
            "employer_id": job.employer.employer_id,
            "title": job.title,
            "ats_job_id": int(job.ats_job_id) if number else job.ats_job_id,
            "state": "open",
            "version": version,
            "occurred_at": at.isoformat(),
            **changes,
        }
        return entry(wave, at, JOBS, job.job_id, value)

    def person(self) -> Contact:
        self._people += 1
        return contact(self.rng, self._people)

    def number(self) -> int:
        """For a person with a special name."""
        self._people += 1
        return self._people

    def case(
        self,
        job: Job,
        *,
        source: str = "direct",
        person: Contact | None = None,
        ago: timedelta | None = None,
        kind: str = "",
    ) -> Case:
        """A new application, made `ago` (else 26 to 40 hours ago) with a resume of `kind` (else any)."""
        self._applications += 1
        person = person or self.person()
        applied_at = (self.now - (ago or timedelta(minutes=self.rng.randint(26 * 60, 40 * 60)))).replace(microsecond=0)
        conversation = talk(self.rng, job, person.first_name, applied_at + timedelta(minutes=self.rng.randint(10, 45)))
        mark, kind = canary(self.rng), kind or self.rng.choice(KINDS)
        return Case(
            application_id=f"app-{self._applications:06d}",
            job=job,
            person=person,
            source=source,
            applied_at=applied_at,
            talk=conversation,
            resume=resume(self.rng, kind, person, job, mark),
            sequenced=self.rng.random() < _NUMBERED,
            phrases=(*conversation.phrases, mark) if kind in ("pdf", "docx", "text") else conversation.phrases,
        )

    def minutes_ago(self, case: Case, before: timedelta) -> float:
        """When `before` publication was, in minutes of the case."""
        return (self.now - before - case.applied_at).total_seconds() / 60
