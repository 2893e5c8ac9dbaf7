"""What is published in a storm: applications whose end is known when they are written, twins, and poison in between."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schemas.codec import encode
from schemas.events import APPLICATIONS, JOBS, STATUS
from schemas.record import Record

VENDORS: Final = ("webhook", "greenhouse", "jobadder")  # key, lookup, native
POISON: Final = b"\x00poison"
_JOBS: Final = 6
_UNLINKED: Final = "unlinked"
_REPEATED: Final = 0.1
_POISONED: Final = 0.01
# Where an application ends, by what is told about it; the rest of 1 arrives as the plainest kind does.
_KINDS: Final = {
    "passive_screened": 0.06,
    "passive_silent": 0.02,
    "withdrawn": 0.03,
    "unlinked": 0.02,
    "no_address": 0.02,
    "only_new": 0.02,
}
_ENDS: Final[dict[str, tuple[str, str | None]]] = {
    "plain": ("delivered", None),
    "passive_screened": ("delivered", None),
    "passive_silent": ("held", "passive_awaiting_screening"),
    "withdrawn": ("skipped", "withdrawn"),
    "unlinked": ("held", "job_not_linked"),
    "no_address": ("held", "missing_email"),
    "only_new": ("held", "awaiting_engaged"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One employer with one connection; the sandbox's account has the connection's name."""

    name: str

    @property
    def vendor(self) -> str:
        return self.name.partition("-")[0]

    @property
    def employer_id(self) -> str:
        return f"employer-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """One application. `end`: the one bucket it must be in when all is over, and why."""

    application_id: str
    candidate_id: str
    account: Account
    kind: str
    job: str

    @property
    def end(self) -> tuple[str, str | None]:
        return _ENDS[self.kind]

    @property
    def arrives(self) -> bool:
        return self.end[0] == "delivered"

    @property
    def ats_job_id(self) -> str:
        return ats_job(self.account, self.job)

    @property
    def who(self) -> str:
        """What the sandbox's oracle counts by."""
        return self.application_id if self.account.vendor == "webhook" else self.email

    @property
    def email(self) -> str:
        return f"{self.candidate_id}@example.com"


def accounts(each: int) -> list[Account]:
    """So many employers for each vendor."""
    return [Account(name=f"{vendor}-{number}") for number in range(each) for vendor in VENDORS]


def ats_job(account: Account, job: str) -> str:
    """The ATS's own number of a linked job; empty for one that is not linked."""
    if job == _UNLINKED:
        return ""
    return str(VENDORS.index(account.vendor) * 1_000 + 100 + int(job))


class Load:
    """The same seed, the same records, but for their times: everything happened some hours before `now`.

    `due`: how many of those written so far must arrive.
    """

    def __init__(self, seed: int, among: Sequence[Account], *, prefix: str = "", poison: bool = True) -> None:
        self._rng = random.Random(f"load {seed} {prefix}")
        self._accounts = list(among)
        self._prefix = prefix
        self._poisoned = _POISONED if poison else 0.0
        self._now = datetime.now(UTC)
        self._number = 0
        self.applicants: dict[str, Applicant] = {}
        self.due = 0

    def jobs(self) -> list[Record]:
        """To be read before anybody applies: every job linked, but for one an employer."""
        return [
            self._record(JOBS, value["job_id"], value)
            for account in self._accounts
            for value in (self._job(account, name) for name in (*map(str, range(_JOBS)), _UNLINKED))
        ]

    def parts(self, deliveries: int, size: int) -> Iterator[list[Record]]:
        """Until so many applications are due to arrive; each part shuffled, with repeats and poison."""
        while self.due < deliveries:
            records: list[Record] = []
            for _ in range(size):
                if self.due < deliveries:
                    applicant = self._applicant()
                    self.due += applicant.arrives
                    records += self._told(applicant)
            yield self._disturbed(records)

    def _applicant(self) -> Applicant:
        number, self._number = self._number, self._number + 1
        account = self._accounts[number % len(self._accounts)]
        nth = number // len(self._accounts)
        kind = self._kind()
        candidate, job = nth // 2, (nth // 2 * 2 + nth % 2) % _JOBS
        made = Applicant(
            application_id=f"{self._prefix}{account.name}-app-{nth}",
            candidate_id=f"{self._prefix}{account.name}-cand-{candidate}",
            account=account,
            kind=kind,
            job=_UNLINKED if kind == "unlinked" else str(job),
        )
        self.applicants[made.application_id] = made
        return made

    def _kind(self) -> str:
        lot = self._rng.random()
        for kind, share in _KINDS.items():
            lot -= share
            if lot < 0:
                return kind
        return "plain"

    def _told(self, applicant: Applicant) -> list[Record]:
        snapshot = self._record(APPLICATIONS, applicant.application_id, self._snapshot(applicant))
        last = {"withdrawn": "withdrawn", "only_new": ""}.get(applicant.kind, "engaged")
        statuses = [self._status(applicant, word, 10 * n) for n, word in enumerate(("new", last)) if word]
        return [snapshot, *statuses]

    def _disturbed(self, records: list[Record]) -> list[Record]:
        twice = [record for record in records if self._rng.random() < _REPEATED]
        poison = [self._poison() for _ in records if self._rng.random() < self._poisoned]
        all_of_it = [*records, *twice, *poison]
        self._rng.shuffle(all_of_it)
        return all_of_it

    def _poison(self) -> Record:
        topic = self._rng.choice((APPLICATIONS, STATUS))
        key = f"{self._prefix}poison-{self._rng.randrange(10_000)}"
        return Record(
            topic=topic, key=key.encode(), value=POISON + self._rng.randbytes(40), timestamp_ms=self._written()
        )

    def _job(self, account: Account, name: str) -> dict[str, Any]:
        return {
            "job_id": f"{account.name}-job-{name}",
            "employer_id": account.employer_id,
            "title": "Welder",
            "ats_job_id": ats_job(account, name) or None,
            "state": "open",
            "version": 1,
            "occurred_at": self._ago(60 * 24),
        }

    def _snapshot(self, applicant: Applicant) -> dict[str, Any]:
        address = {} if applicant.kind == "no_address" else {"email": applicant.email}
        person = {"id": applicant.candidate_id, "first_name": "Ana", "last_name": "Kovač", "phone": "+1 312 555 0199"}
        value: dict[str, Any] = {
            "application_id": applicant.application_id,
            "employer_id": applicant.account.employer_id,
            "version": 1,
            "occurred_at": self._ago(180),
            "job": {"id": f"{applicant.account.name}-job-{applicant.job}", "title": "Welder"},
            "source": "passive" if applicant.kind.startswith("passive") else "direct",
            "candidate": {**person, **address},
            "assessment": {"rating": 4, "summary": "Has welded for years.", "at": self._ago(120)},
            "profile_url": f"https://app.factoryfix.example/a/{applicant.application_id}",
        }
        if applicant.kind != "passive_silent":
            value["screening"] = {"responded_at": self._ago(170), "completed_at": self._ago(160)}
        return value

    def _status(self, applicant: Applicant, status: str, minute: int) -> Record:
        value = {
            "application_id": applicant.application_id,
            "status": status,
            "sequence": minute,
            "occurred_at": self._ago(150 - minute),
        }
        return self._record(STATUS, applicant.application_id, value)

    def _record(self, topic: str, key: str, value: dict[str, Any]) -> Record:
        return Record(topic=topic, key=key.encode(), value=encode(value), timestamp_ms=self._written())

    def _written(self) -> int:
        return int(self._now.timestamp() * 1000)

    def _ago(self, minutes: float) -> str:
        return (self._now - timedelta(minutes=minutes)).isoformat()
