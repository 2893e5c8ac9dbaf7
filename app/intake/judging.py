"""Decides a batch of applications, asking last what depends on the others: backfill ranks, twins, the surge brake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from app.intake.batch import Claim, JobKey, Shipment, Stored
from app.intake.surroundings import has_open_create
from schemas.decision import Decision, Surroundings
from schemas.events import Limits
from schemas.facts import Facts
from streams.case import BackfillBudget
from streams.eligibility import backfills, decide, queue_time

_SURGE_LOOKS_AGAIN: Final = timedelta(minutes=5)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What bounds decisions beside the employers' policies. `surge_per_hour`: creates of one connection."""

    limits: Limits = field(default_factory=Limits)
    budget: BackfillBudget = field(default_factory=BackfillBudget)
    surge_per_hour: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Docket:
    """One application before the judge: its facts, its row, what surrounds it, and the decision so far."""

    facts: Facts
    stored: Stored
    around: Surroundings
    shipments: Sequence[Shipment] = ()
    contact_key: str | None = None
    decision: Decision
    backfill_taken: bool = False


class Others(Protocol):
    """What the other applications have to say; locks what it answers until the transaction ends."""

    @property
    def now(self) -> datetime: ...
    async def claim_contacts(self, wanted: Sequence[Claim], /) -> Mapping[str, Claim]: ...
    async def backfills_taken(self, jobs: Sequence[JobKey], /) -> Mapping[JobKey, int]: ...
    async def recent_creates(self, connections: Sequence[str], /, *, limit: int) -> Mapping[str, int]: ...


async def judge(dockets: Iterable[Docket], others: Others, rules: Rules) -> list[Docket]:
    """Every docket with its decision. Those that would be created for the first time are asked about each other."""
    done = {docket.facts.application_id: docket for docket in dockets}
    queue = _contenders(done.values(), others.now)
    for ask in (_backfills, _twins, _surges):
        if not queue:
            break
        done |= {docket.facts.application_id: docket for docket in await ask(queue, others, rules)}
        asked = (done[docket.facts.application_id] for docket in queue)
        queue = [docket for docket in asked if docket.decision.verdict == "CREATE"]
    return list(done.values())


def _contenders(dockets: Iterable[Docket], now: datetime) -> list[Docket]:
    """First creates, in the order in which they qualified: the earlier has the better right (A11, A16)."""
    found = [d for d in dockets if d.decision.verdict == "CREATE" and not has_open_create(d.shipments)]
    return sorted(found, key=lambda d: (queue_time(d.facts, d.around, now) or _NEVER, d.facts.application_id))


async def _backfills(queue: Sequence[Docket], others: Others, rules: Rules) -> list[Docket]:
    """A16: within the budget of their job; the rest wait for an approval."""
    late = [
        (d, _job_of(d)) for d in queue if not d.around.backfill_approved and backfills(d.facts, d.around, others.now)
    ]
    if not late:
        return []
    taken = Counter(await others.backfills_taken(sorted({job for _, job in late})))
    ranked = []
    for docket, job in late:
        asked = _again(docket, others, rules, backfill_rank=taken[job])
        passed = asked.decision.verdict == "CREATE"
        taken[job] += passed
        ranked.append(replace(asked, backfill_taken=passed))
    return ranked


async def _twins(queue: Sequence[Docket], others: Others, rules: Rules) -> list[Docket]:
    """A11: the address is whose application asked first; another candidate id under it is held."""
    wanted = [
        Claim(contact_key=d.contact_key, application_id=d.facts.application_id, candidate_id=_candidate_of(d))
        for d in queue
        if d.contact_key
    ]
    if not wanted:
        return []
    owners = await others.claim_contacts(wanted)
    held = []
    for docket in queue:
        owner = owners.get(docket.contact_key or "")
        if owner and owner.candidate_id != _candidate_of(docket):
            held.append(_again(docket, others, rules, twin=owner.application_id))
    return held


async def _surges(queue: Sequence[Docket], others: Others, rules: Rules) -> list[Docket]:
    names = [d.around.connection.name for d in queue if d.around.connection]
    counts = Counter(await others.recent_creates(sorted(set(names)), limit=rules.surge_per_hour))
    braked = []
    for docket, name in zip(queue, names, strict=True):
        counts[name] += 1
        if counts[name] > rules.surge_per_hour:
            asked = _again(docket, others, rules, surge_braked=True)
            braked.append(replace(asked, decision=_look_again(asked.decision, others.now)))
    return braked


def _look_again(decision: Decision, now: datetime) -> Decision:
    if decision.reason != "surge_brake":
        return decision
    return replace(decision, again_at=now + _SURGE_LOOKS_AGAIN)


def _again(docket: Docket, others: Others, rules: Rules, **changes: Any) -> Docket:
    around = replace(docket.around, **changes)
    return replace(docket, around=around, decision=decide(docket.facts, around, others.now, rules.budget))


def _job_of(docket: Docket) -> JobKey:
    snapshot = docket.facts.snapshot
    return (snapshot.employer_id, snapshot.job_id) if snapshot else ("", "")


def _candidate_of(docket: Docket) -> str:
    return docket.facts.snapshot.candidate_id if docket.facts.snapshot else ""
