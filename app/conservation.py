"""Whether the ledger has every application of the topics where a second, naive reading of them puts it; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from schemas.connection import Connection
from streams.naive import Heard, Opinion, ever_sent, opinions

What = Literal["missing", "otherwise", "sent", "no_delivery"]
# What other applications decide; the naive reading looks at one at a time.
_OTHERS: Final = frozenset({"ambiguous_delivery", "surge_brake", "backfill_approval", "connection_down"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One application as the ledger has it. `state`: of its create, None where none stands; `cancelled`: one did."""

    application_id: str
    verdict: str | None
    reason: str | None
    released: bool
    state: str | None
    cancelled: bool
    decided_at: datetime | None

    @property
    def bucket(self) -> str:
        return self.state or (self.verdict or "HOLD").lower()

    def decided_after(self, moment: datetime) -> bool:
        return self.decided_at is not None and self.decided_at > moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`missing`: the ledger has none of it. `otherwise`: another decision. `sent`: and never to be sent.

    `no_delivery`: decided to be sent, and no delivery was made for it (P1).
    """

    application_id: str
    what: What
    ledger: str
    topics: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conserved:
    """`buckets`: applications of the topics by bucket of the ledger.

    `moving`: those of which something was said, fell due or was decided too lately to be judged.
    """

    buckets: Mapping[str, int]
    faults: tuple[Fault, ...]
    moving: int
    not_in_topics: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """What the topics say, judged by the connections in force.

    `recent`: keys of the applications, jobs and candidates of whom something was said after `calm_until`.
    """

    heard: Heard
    connections: tuple[Connection, ...]
    now: datetime
    calm_until: datetime
    recent: frozenset[str] = frozenset()


def judge(topics: Topics, placed: Iterable[Placed], *, since: datetime) -> Conserved:
    """What the ledger decided after `since`, when the topics began to be read, is not judged, nor is what is recent."""
    there = {one.application_id: one for one in placed}
    told = opinions(topics.heard, topics.connections, topics.now)
    earlier = opinions(topics.heard, topics.connections, topics.calm_until)
    moving = {name for name in told if told[name] != earlier[name] or _is_recent(topics, name)}
    moving |= {name for name in told if name in there and there[name].decided_after(since)}
    faults = [
        Fault(application_id=name, what=what, ledger=_shown(there.get(name)), topics=_words(opinion))
        for name, opinion in told.items()
        if name not in moving and (what := _fault(topics, name, opinion, there.get(name)))
    ]
    buckets = Counter(there[name].bucket if name in there else "missing" for name in told)
    not_in_topics = len(there.keys() - told.keys())
    return Conserved(buckets=buckets, faults=tuple(faults), moving=len(moving), not_in_topics=not_in_topics)


def _is_recent(topics: Topics, name: str) -> bool:
    about = {name}.union(*((one.job.id, one.candidate.id) for one in topics.heard.snapshots.get(name, ())))
    return not about.isdisjoint(topics.recent)


def _fault(topics: Topics, name: str, opinion: Opinion, one: Placed | None) -> What | None:
    verdict, reason = opinion
    if one is None:
        return "missing"
    if reason == "erased":
        return None if one.reason == "erased" else "otherwise"
    if one.state is not None:
        fine = verdict == "CREATE" or reason in _OTHERS or one.released
        return None if fine or ever_sent(topics.heard, name, topics.connections, topics.now) else "sent"
    if one.verdict == "CREATE" and not one.cancelled:
        return "no_delivery"
    same = (one.verdict, one.reason) == opinion
    explained = one.released or ((verdict == "CREATE" or reason in _OTHERS) and one.reason in _OTHERS)
    return None if same or explained else "otherwise"


def _shown(one: Placed | None) -> str:
    return "-" if one is None else one.state or _words((one.verdict or "HOLD", one.reason))


def _words(opinion: Opinion) -> str:
    return " ".join(filter(None, opinion))
