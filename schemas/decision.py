"""What was decided for one application, by which gates, on which inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from schemas.connection import Connection
from schemas.facts import JobFacts
from schemas.words import Reason

Verdict = Literal["CREATE", "UPDATE", "NOOP", "HOLD", "SKIP", "ERASE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate of docs/rules.md. `inputs` are what it looked at: words and times, never people's data."""

    name: str
    passed: bool
    reason: Reason | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`reason` names the first gate that failed; None for CREATE and UPDATE. `again_at`: when time alone changes it."""

    verdict: Verdict
    reason: Reason | None = None
    gates: tuple[Gate, ...] = ()
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What has already gone to the ATS for this application: enough to decide NOOP, UPDATE or ERASE."""

    content_sha256: str
    engaged: bool
    updates: int = 0
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that `decide` needs beside the application's own facts."""

    connection: Connection | None = None
    job: JobFacts | None = None
    erased: bool = False
    sent: Sent | None = None
    twin: str | None = None  # another application: same job and e-mail, other candidate id, first to qualify (A11)
    backfill_rank: int = 0  # how many older applications of this job wait for the same backfill (A16)
    backfill_approved: bool = False
    surge_braked: bool = False
    released: frozenset[Reason] = frozenset()  # holds an operator has released for this application (A7, A8, A11)
