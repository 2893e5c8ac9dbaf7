"""Gate 8: does this source, under this trigger, with this history, qualify; by what, since when, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from schemas.connection import Connection
from schemas.facts import Facts, SnapshotFact
from schemas.words import PASSIVE_GATE, PAST_ENGAGED, Reason
from streams.fold import DIRECT
from streams.history import NEW, EngagedReached, first_at, stage

Basis = Literal["engaged", "new", "past_gate"]
_NEW: Final = frozenset({NEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    """`at`: event time of the latest condition that was needed; A16 compares it with the job's link."""

    basis: Basis
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unqualified:
    reason: Reason
    missing: str


Qualification = Qualified | Unqualified


def effective_source(snapshot: SnapshotFact, *, applied_directly: bool) -> str:
    """A9: a passive candidate who applied on the same job is direct from then on, never the reverse."""
    return DIRECT if applied_directly and snapshot.source in PASSIVE_GATE else snapshot.source


def qualify(facts: Facts, snapshot: SnapshotFact, connection: Connection, engaged: EngagedReached) -> Qualification:
    """The table of docs/rules.md. The settle window is gate 10's: an Engaged still settling qualifies here."""
    source = effective_source(snapshot, applied_directly=facts.applied_directly)
    if source in PASSIVE_GATE:
        return _passive(facts, snapshot, connection, engaged)
    return _by_trigger(facts, connection, engaged)


def _by_trigger(facts: Facts, connection: Connection, engaged: EngagedReached) -> Qualification:
    since = connection.trigger_since
    if connection.trigger == "new" and (new_at := first_at(facts.statuses, _NEW, since)):
        return Qualified(basis="new", at=new_at)
    if engaged.at is not None:
        return Qualified(basis="engaged", at=engaged.at)
    if stage(facts.statuses) in PAST_ENGAGED:
        return _past_gate(facts, connection)
    if connection.trigger == "new" and first_at(facts.statuses, _NEW, None) is None:
        return Unqualified(reason="awaiting_new", missing="the candidate reaching New or Engaged")
    return Unqualified(reason="awaiting_engaged", missing="the candidate reaching Engaged")


def _past_gate(facts: Facts, connection: Connection) -> Qualification:
    """A7; under trigger new the table lets it pass, from the time that trigger began (A19)."""
    if connection.policy.past_gate == "sync":
        past_at = first_at(facts.statuses, PAST_ENGAGED, None)
    elif connection.trigger == "new":
        past_at = first_at(facts.statuses, PAST_ENGAGED, connection.trigger_since)
    else:
        past_at = None
    if past_at is None:
        return _skipped()
    return Qualified(basis="past_gate", at=past_at)


def _passive(facts: Facts, snapshot: SnapshotFact, connection: Connection, engaged: EngagedReached) -> Qualification:
    lacking = _lacking_evidence(snapshot, connection)
    if engaged.at is not None and not lacking:
        return Qualified(basis="engaged", at=_latest(engaged.at, snapshot, connection))
    if engaged.at is None and stage(facts.statuses) in PAST_ENGAGED:
        return _skipped()
    wanted = ([] if engaged.at else ["the candidate reaching Engaged"]) + lacking
    return Unqualified(reason="passive_awaiting_screening", missing=" and ".join(wanted))


def _lacking_evidence(snapshot: SnapshotFact, connection: Connection) -> list[str]:
    if connection.policy.passive_evidence == "status":
        return []
    steps = {"the candidate's first reply": snapshot.responded_at, "a completed screening": snapshot.completed_at}
    return [step for step, at in steps.items() if at is None]


def _latest(engaged_at: datetime, snapshot: SnapshotFact, connection: Connection) -> datetime:
    if connection.policy.passive_evidence == "status":
        return engaged_at
    return max(at for at in (engaged_at, snapshot.responded_at, snapshot.completed_at) if at is not None)


def _skipped() -> Unqualified:
    return Unqualified(reason="gate_skipped", missing="Engaged, which the candidate moved past; or a release")
