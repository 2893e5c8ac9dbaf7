"""A second, naive opinion on docs/rules.md: records to buckets by hand, sharing no code with the fold and the gates.

What other applications decide (twins, the surge brake, the budget of automatic backfills) and what was sent already
is not asked here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

from schemas.connection import Connection
from schemas.errors import BadEvent
from schemas.events import Application, Assessment, Erasure, JobChange, Limits, Screening, StatusChange, decode
from schemas.person import normal_email, normal_names, normal_phone
from schemas.record import Record
from schemas.words import canonical

BEFORE: Final = ("new", "outreach", "sourcing")
PAST: Final = ("reviewed", "interview", "offer", "hired")
SOURCED: Final = ("passive", "upload_prospect")
FOLLOWING: Final = ("direct", "talent_search", "upload_screen", "moved")
_EVER: Final = datetime.min.replace(tzinfo=UTC)

Opinion = tuple[str, str | None]  # CREATE, HOLD or SKIP, and the reason


@dataclass(slots=True)
class Heard:
    """Everything that was said, in no order."""

    snapshots: defaultdict[str, list[Application]] = field(default_factory=lambda: defaultdict(list))
    statuses: defaultdict[str, list[StatusChange]] = field(default_factory=lambda: defaultdict(list))
    jobs: defaultdict[tuple[str, str], list[JobChange]] = field(default_factory=lambda: defaultdict(list))
    erased: set[str] = field(default_factory=set)

    def add(self, record: Record, limits: Limits) -> None:
        """Records that are refused say nothing."""
        try:
            event = decode(record, limits)
        except BadEvent:
            return
        match event:
            case Application():
                self.snapshots[event.application_id].append(event)
            case StatusChange():
                self.statuses[event.application_id].append(event)
            case JobChange():
                self.jobs[event.employer_id, event.job_id].append(event)
            case Erasure():
                self.erased.add(event.candidate_id)


def opinions(heard: Heard, connections: Iterable[Connection], now: datetime) -> dict[str, Opinion]:
    """What each application of the topics should be decided to be, as if nothing had been sent."""
    by_employer = {connection.employer_id: connection for connection in connections}
    names = heard.snapshots.keys() | heard.statuses.keys()
    return {name: _opinion(heard, name, by_employer, now) for name in sorted(names)}


def ever_sent(heard: Heard, application_id: str, connections: Iterable[Connection], now: datetime) -> bool:
    """Whether it should have been sent at some time of its history, which is what what is in an ATS must answer for."""
    by_employer = {connection.employer_id: connection for connection in connections}
    return any(
        _opinion(past, application_id, by_employer, now)[0] == "CREATE" for past in _pasts(heard, application_id)
    )


def _pasts(heard: Heard, name: str) -> Iterator[Heard]:
    """As it may have stood before: with fewer statuses, another snapshot, fewer records of its job."""
    told = _in_order(heard.statuses[name])
    for number, snapshot in product(range(1, len(told) + 1), heard.snapshots[name]):
        key = (snapshot.employer_id, snapshot.job.id)
        jobs = _jobs_in_order(heard.jobs[key])
        for known in range(1, len(jobs) + 1):
            past = Heard()
            past.statuses[name] = told[:number]
            past.snapshots[name] = [snapshot]
            past.jobs[key] = jobs[:known]
            yield past


def _opinion(heard: Heard, name: str, connections: Mapping[str, Connection], now: datetime) -> Opinion:
    told = _in_order(heard.statuses[name])
    if not heard.snapshots[name] or not told:
        return "HOLD", "facts_incomplete"
    newest = max(heard.snapshots[name], key=_age)
    connection = connections.get(newest.employer_id)
    if newest.candidate.id in heard.erased:
        return "SKIP", "erased"
    if connection is None:
        return "HOLD", "no_connection"
    sourced = canonical(newest.source) in SOURCED and not any(
        canonical(one.source) == "direct" for one in heard.snapshots[name]
    )
    jobs = heard.jobs[newest.employer_id, newest.job.id]
    life = _Life(newest=newest, told=told, jobs=_jobs_in_order(jobs), connection=connection, sourced=sourced, now=now)
    return life.opinion()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Life:
    newest: Application
    told: Sequence[StatusChange]
    jobs: Sequence[JobChange]
    connection: Connection
    sourced: bool
    now: datetime

    def opinion(self) -> Opinion:
        """The first thing in the way, in the order of the gates."""
        for in_the_way in (self._wrong_word, self._ended, self._job, self._stage, self._contact, self._late):
            if (reason := in_the_way()) is not None:
                skipped = reason in ("redirect_mode", "withdrawn", "rejected_before_sync")
                return "SKIP" if skipped else "HOLD", reason
        return "CREATE", None

    @property
    def words(self) -> list[str]:
        return [canonical(one.status) for one in self.told]

    def _wrong_word(self) -> str | None:
        if self.connection.policy.redirect_mode:
            return "redirect_mode"
        if canonical(self.newest.source) not in (*SOURCED, *FOLLOWING):
            return "unknown_source"
        known = (*BEFORE, *PAST, "engaged", "withdrawn", "rejected")
        return None if self.words[-1] in known else "unknown_status"

    def _ended(self) -> str | None:
        if self.words[-1] == "withdrawn":
            return "withdrawn"
        skips = self.words[-1] == "rejected" and self.connection.policy.rejected == "skip"
        return "rejected_before_sync" if skips else None

    def _job(self) -> str | None:
        if not self.jobs or self.jobs[-1].ats_job_id is None:
            return "job_not_linked"
        state = canonical(self.jobs[-1].state)
        return None if state == "open" else f"job_{state}"

    def _stage(self) -> str | None:
        return None if self._qualified() else self._unqualified()

    def _qualified(self) -> tuple[str, datetime] | None:
        """By which word, and since when."""
        engaged = self._engaged()
        if self.sourced:
            if engaged is None or self._lacks_evidence():
                return None
            return "engaged", max([engaged, *self._evidence()])
        if self.connection.trigger == "new" and (new := self._first(("new",), self.connection.trigger_since)):
            return "new", new
        if engaged:
            return "engaged", engaged
        past = self._first(PAST, None if self.connection.policy.past_gate == "sync" else self.connection.trigger_since)
        lets = self.connection.trigger == "new" or self.connection.policy.past_gate == "sync"
        return ("past", past) if past and lets and self._is_past() else None

    def _unqualified(self) -> str:
        if self._is_past() and self._engaged() is None:
            return "gate_skipped"
        if self.sourced:
            return "passive_awaiting_screening"
        return "awaiting_new" if self.connection.trigger == "new" and "new" not in self.words else "awaiting_engaged"

    def _is_past(self) -> bool:
        pipeline = [word for word in self.words if word in (*BEFORE, *PAST, "engaged")]
        return bool(pipeline) and pipeline[-1] in PAST

    def _first(self, among: Sequence[str], since: datetime | None) -> datetime | None:
        times = (one.occurred_at for one in self.told if canonical(one.status) in among)
        return next((at for at in times if since is None or at >= since), None)

    def _engaged(self) -> datetime | None:
        return self._stay()[0]

    def _stay(self) -> tuple[datetime | None, bool]:
        """The first stay in Engaged that was no slip of the mouse (A2): since when, and whether it lasts."""
        window = timedelta(seconds=self.connection.policy.settle_seconds)
        stay = None
        for one in self.told:
            if canonical(one.status) == "engaged":
                stay = stay or one.occurred_at
            elif stay is not None:
                slip = canonical(one.status) in BEFORE and window and abs(one.occurred_at - stay) <= window
                if not slip:
                    return stay, False
                stay = None
        return stay, stay is not None

    def _evidence(self) -> list[datetime]:
        if self.connection.policy.passive_evidence == "status":
            return []
        screening = self.newest.screening or Screening()
        return [at for at in (screening.responded_at, screening.completed_at) if at]

    def _lacks_evidence(self) -> bool:
        screening = self.newest.screening or Screening()
        lacks = screening.responded_at is None or screening.completed_at is None
        return self.connection.policy.passive_evidence == "required" and lacks

    def _contact(self) -> str | None:
        who, policy = self.newest.candidate, self.connection.policy
        if normal_names(who.first_name, who.last_name, missing_last_name=policy.missing_last_name) is None:
            return "missing_name"
        if normal_email(who.email) is None and policy.missing_email == "hold":
            return "missing_email"
        return "missing_required_phone" if policy.require_phone and normal_phone(who.phone) is None else None

    def _late(self) -> str | None:
        """What time or a person ends: the waits, the backfill, the connection."""
        by, since = self._qualified() or ("", _EVER)
        wait = timedelta(seconds=self.connection.policy.assessment_wait_seconds)
        resume, screening = self.newest.resume, self.newest.screening or Screening()
        waits = self.now < since + wait
        if resume is not None and not (resume.url or resume.content_base64) and waits:
            return "awaiting_resume"
        if by == "engaged" and waits and not (screening.transcript and _says_something(self.newest.assessment)):
            return "awaiting_assessment"
        if by == "engaged" and self._settles():
            return "awaiting_engaged"
        if self._is_backfill(since) and self.connection.policy.backfill_on_link != "auto":
            return "backfill_approval"
        return None if self.connection.healthy else "connection_down"

    def _settles(self) -> bool:
        (at, lasts), window = self._stay(), timedelta(seconds=self.connection.policy.settle_seconds)
        return bool(window) and at is not None and lasts and self.now <= at + window

    def _is_backfill(self, since: datetime) -> bool:
        linked = _EVER
        for one in reversed(self.jobs):
            if one.ats_job_id is None:
                break
            linked = one.occurred_at
        return since < linked


def _age(one: Application) -> tuple[int, datetime, str]:
    version = -1 if one.version is None else one.version
    return version, one.occurred_at or _EVER, one.event_id or ""


def _in_order(told: Sequence[StatusChange]) -> list[StatusChange]:
    if all(one.sequence is not None for one in told):
        return sorted(told, key=lambda one: (one.sequence or 0, one.occurred_at, one.event_id or "", one.status))
    return sorted(told, key=lambda one: (one.occurred_at, one.event_id or "", canonical(one.status)))


def _jobs_in_order(jobs: Sequence[JobChange]) -> list[JobChange]:
    if all(one.version is not None for one in jobs):
        return sorted(jobs, key=lambda one: (one.version or 0, one.occurred_at, one.event_id or ""))
    return sorted(jobs, key=lambda one: (one.occurred_at, one.event_id or "", str(one.ats_job_id or ""), one.state))


def _says_something(assessment: Assessment | None) -> bool:
    if assessment is None:
        return False
    said = (assessment.summary, assessment.strengths, assessment.concerns, assessment.criteria)
    return assessment.rating is not None or any(said)
