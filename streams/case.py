"""One application as the gates see it: facts, connection and job brought together once, and how a gate answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.connection import Connection
from schemas.decision import Gate, Surroundings
from schemas.facts import Facts, JobFact, JobFacts, SnapshotFact, StatusFact
from schemas.words import SOURCES, Reason
from streams.history import EngagedReached, engaged_reached
from streams.qualification import Qualification, Qualified, qualify

# Reasons whose gate no release opens: nothing could be sent, or nothing may be.
NEVER_RELEASED: Final[frozenset[Reason]] = frozenset(
    {
        "facts_incomplete",
        "erased",
        "no_connection",
        "redirect_mode",
        "unknown_source",
        "withdrawn",
        "job_not_linked",
        "job_closed",
        "job_archived",
        "missing_name",
        "missing_email",
        "connection_down",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillBudget:
    """How much `backfill_on_link: auto` sends without a person: applications of one job, and their age (A16)."""

    max_applications: int = 200
    max_days: int = 30


DEFAULT_BUDGET: Final = BackfillBudget()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`connection` and `job` only where they are the snapshot's employer's (A13); None where inputs are lacking."""

    facts: Facts
    around: Surroundings
    now: datetime
    budget: BackfillBudget
    snapshot: SnapshotFact | None
    connection: Connection | None
    job: JobFacts | None
    engaged: EngagedReached
    qualification: Qualification | None

    @property
    def latest(self) -> StatusFact | None:
        return self.facts.statuses[-1] if self.facts.statuses else None

    @property
    def job_now(self) -> JobFact | None:
        return self.job.history[-1] if self.job and self.job.history else None

    @property
    def qualified(self) -> Qualified | None:
        return self.qualification if isinstance(self.qualification, Qualified) else None


def case_of(facts: Facts, around: Surroundings, now: datetime, budget: BackfillBudget = DEFAULT_BUDGET) -> Case:
    snapshot = facts.snapshot
    connection = _own_connection(around.connection, snapshot)
    engaged = engaged_reached(facts.statuses, connection.policy.settle_seconds, now) if connection else EngagedReached()
    qualification = None
    if snapshot and connection and snapshot.source in SOURCES:
        qualification = qualify(facts, snapshot, connection, engaged)
    return Case(
        facts=facts,
        around=around,
        now=now,
        budget=budget,
        snapshot=snapshot,
        connection=connection,
        job=_own_job(around.job, snapshot),
        engaged=engaged,
        qualification=qualification,
    )


def judged(
    case: Case, name: str, inputs: Mapping[str, Any], *, reason: Reason | None = None, missing: str | None = None
) -> Gate:
    """Passed where `reason` is None or an operator has released it; failed for `reason` otherwise."""
    if reason is None:
        return Gate(name=name, passed=True, inputs=inputs)
    if reason in case.around.released and reason not in NEVER_RELEASED:
        return Gate(name=name, passed=True, inputs={**inputs, "released": reason})
    return Gate(name=name, passed=False, reason=reason, inputs=inputs, missing=missing)


def unjudged(case: Case, name: str) -> Gate:
    """A gate that lacks its inputs fails for the reason of the gate that should have brought them."""
    if case.snapshot is None:
        return Gate(name=name, passed=False, reason="facts_incomplete", missing="the application itself")
    if case.connection is None:
        return Gate(name=name, passed=False, reason="no_connection", missing="a connection for this employer")
    return Gate(name=name, passed=False, reason="unknown_source", missing="a source this version knows")


def _own_connection(connection: Connection | None, snapshot: SnapshotFact | None) -> Connection | None:
    if connection and snapshot and connection.employer_id != snapshot.employer_id:
        return None
    return connection


def _own_job(job: JobFacts | None, snapshot: SnapshotFact | None) -> JobFacts | None:
    if job is None or snapshot is None:
        return None
    return job if (job.employer_id, job.job_id) == (snapshot.employer_id, snapshot.job_id) else None
