"""Recorded topics to decisions, with no broker and no database: what would happen if nothing had been delivered yet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.connection import Connection
from schemas.decision import Decision, Gate, Surroundings
from schemas.errors import BadEvent
from schemas.events import Application, Erasure, JobChange, Limits, StatusChange, decode, unknown_word
from schemas.facts import Facts, JobFacts
from schemas.record import Record
from streams.case import DEFAULT_BUDGET, BackfillBudget
from streams.eligibility import backfills, decide, queue_time
from streams.envelope import parse_line
from streams.fold import fold, fold_job

# An entity's id as upstream writes them; anything else in a key (an e-mail, a name) might be a person's.
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_TOPIC_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")

JobKey = tuple[str, str]
Queue = list[tuple[datetime, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that was refused, and why; `line` only where not even the envelope could be read."""

    code: str
    reason: str
    path: str
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    key: str | None = None
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "key": self.key,
            "code": self.code,
            "reason": self.reason,
            "path": self.path,
        }
        return {"dead_letter": shown if self.line is None else {**shown, "line": self.line}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    application_id: str
    connection: str | None
    decision: Decision

    def as_json(self) -> dict[str, Any]:
        """The line `ats-sync decide` prints."""
        return {
            "application_id": self.application_id,
            "connection": self.connection,
            "decision": self.decision.verdict,
            "reason": self.decision.reason,
            "gates": [_gate_json(gate) for gate in self.decision.gates],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`decisions` is read once, sorted by application id; each is made as it is read, so memory holds facts only."""

    decisions: Iterator[Decided]
    dead_letters: tuple[DeadLetter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What facts are judged by: the connections by employer, the moment, and the budget of automatic backfills."""

    connections: Mapping[str, Connection]
    now: datetime
    budget: BackfillBudget = DEFAULT_BUDGET


@dataclass(slots=True)
class Folded:
    """The facts of everything folded so far; mutable, and owned by one fold."""

    limits: Limits
    applications: dict[str, Facts] = field(default_factory=dict)
    jobs: dict[JobKey, JobFacts] = field(default_factory=dict)
    erased_candidates: set[str] = field(default_factory=set)
    dead_letters: list[DeadLetter] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Fold one record; a refused one becomes a dead letter, an unknown word both (A50)."""
        try:
            event = decode(record, self.limits)
            match event:
                case Application() | StatusChange():
                    known = self.applications.get(event.application_id)
                    self.applications[event.application_id] = fold(known, event, self.limits)
                case JobChange():
                    key = (event.employer_id, event.job_id)
                    self.jobs[key] = fold_job(self.jobs.get(key), event, self.limits)
                case Erasure():
                    self.erased_candidates.add(event.candidate_id)
            refused = unknown_word(event)
        except BadEvent as exc:
            refused = exc
        if refused is not None:
            self.dead_letters.append(dead_letter(record, refused))


def replay_lines(
    lines: Iterable[bytes | str], connections: Iterable[Connection], now: datetime, limits: Limits
) -> Outcome:
    """`decide_all` over lines of `kcat -J`; see `fold_lines`."""
    return outcome(fold_lines(lines, limits), rules_of(connections, now))


def fold_lines(lines: Iterable[bytes | str], limits: Limits) -> Folded:
    """Every line folded; blank lines are passed over, unreadable ones become dead letters."""
    folded = Folded(limits=limits)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            folded.add(parse_line(line, number))
        except BadEvent as exc:
            folded.dead_letters.append(DeadLetter(code=exc.code, reason=exc.message, path=exc.path, line=number))
    return folded


def decide_all(records: Iterable[Record], connections: Iterable[Connection], now: datetime, limits: Limits) -> Outcome:
    """Every record folded, then every application decided as if nothing had been delivered."""
    folded = Folded(limits=limits)
    for record in records:
        folded.add(record)
    return outcome(folded, rules_of(connections, now))


def rules_of(connections: Iterable[Connection], now: datetime) -> Rules:
    return Rules(connections={connection.employer_id: connection for connection in connections}, now=now)


def outcome(folded: Folded, rules: Rules) -> Outcome:
    return Outcome(decisions=_decisions(folded, rules), dead_letters=tuple(folded.dead_letters))


def dead_letter(record: Record, refused: BadEvent) -> DeadLetter:
    """Where the record lies and why it was refused; its key only where it reads as an id."""
    key = (record.key or b"").decode(errors="replace")
    return DeadLetter(
        code=refused.code,
        reason=refused.message,
        path=refused.path,
        topic=record.topic if _TOPIC_NAME.fullmatch(record.topic) else None,
        partition=record.partition,
        offset=record.offset,
        key=key if _PLAIN_ID.fullmatch(key) else None,
    )


def _decisions(folded: Folded, rules: Rules) -> Iterator[Decided]:
    twins, ranks = _twins(folded, rules), _ranks(folded, rules)
    for application_id, facts in sorted(folded.applications.items()):
        around = _around(folded, facts, rules, twin=twins.get(application_id), rank=ranks.get(application_id, 0))
        yield Decided(
            application_id=application_id,
            connection=around.connection.name if around.connection else None,
            decision=decide(facts, around, rules.now, rules.budget),
        )


def _around(folded: Folded, facts: Facts, rules: Rules, *, twin: str | None = None, rank: int = 0) -> Surroundings:
    snapshot = facts.snapshot
    if snapshot is None:
        return Surroundings()
    return Surroundings(
        connection=rules.connections.get(snapshot.employer_id),
        job=folded.jobs.get((snapshot.employer_id, snapshot.job_id)),
        erased=snapshot.candidate_id in folded.erased_candidates,
        twin=twin,
        backfill_rank=rank,
    )


def _twins(folded: Folded, rules: Rules) -> dict[str, str]:
    """Application id -> another candidate's, with the same address on the same job, that qualified first (A11)."""
    shared: defaultdict[str, list[Facts]] = defaultdict(list)
    for facts in folded.applications.values():
        if facts.snapshot and facts.snapshot.contact_key:
            shared[facts.snapshot.contact_key].append(facts)
    twins: dict[str, str] = {}
    for group in shared.values():
        if len(group) > 1:
            twins |= _later_candidates(_queue(folded, group, rules), folded)
    return twins


def _later_candidates(queue: Queue, folded: Folded) -> dict[str, str]:
    if not queue:
        return {}
    first = queue[0][1]
    owner = _candidate(folded, first)
    return {later: first for _, later in queue[1:] if _candidate(folded, later) != owner}


def _candidate(folded: Folded, application_id: str) -> str | None:
    snapshot = folded.applications[application_id].snapshot
    return snapshot.candidate_id if snapshot else None


def _ranks(folded: Folded, rules: Rules) -> dict[str, int]:
    """How many applications of the same job qualified earlier and wait for the same backfill (A16)."""
    waiting: defaultdict[JobKey, list[Facts]] = defaultdict(list)
    for facts in folded.applications.values():
        if facts.snapshot and backfills(facts, _around(folded, facts, rules), rules.now):
            waiting[facts.snapshot.employer_id, facts.snapshot.job_id].append(facts)
    queues = (_queue(folded, group, rules) for group in waiting.values())
    return {application_id: rank for queue in queues for rank, (_, application_id) in enumerate(queue)}


def _queue(folded: Folded, group: Iterable[Facts], rules: Rules) -> Queue:
    """Those of `group` that only wait for approval, in the order they qualified."""
    times = ((queue_time(facts, _around(folded, facts, rules), rules.now), facts.application_id) for facts in group)
    return sorted((at, application_id) for at, application_id in times if at is not None)


def _gate_json(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.name,
        "passed": gate.passed,
        "reason": gate.reason,
        "inputs": dict(gate.inputs),
        "missing": gate.missing,
    }
