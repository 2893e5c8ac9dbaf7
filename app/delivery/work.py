"""What the ledger hands to delivery and gets back: claims, the work behind them, how an attempt ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from schemas.connection import Connection
from schemas.delivery import Kind, Receipt
from schemas.errors import AtsSyncError, Fenced, Transient
from schemas.events import Application

Effect = Literal["none", "success", "failure", "throttled", "paused"]
Next = Literal["delivered", "retry", "uncertain", "dead", "parked", "cancelled"]
IssueKind = Literal["connection_down", "job_closed", "ambiguous_delivery", "erasure_incomplete"]


class LedgerAway(AtsSyncError):  # noqa: N818 - named for what it is
    """The database could not be reached before the claim ran out; what was on its way is for the reaper."""


class Stopping(Transient):
    """The process is ending: no further step is begun, and nothing was sent."""


class Unwanted(Fenced):
    """The delivery must not be begun any more (A34, A45); `reason` is the decision's."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not wanted any more: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One delivery this worker holds until `lease`; every write is guarded by worker and fence."""

    key: UUID
    kind: Kind
    connection: str
    application_id: str
    job_id: str
    fence: int
    worker: UUID
    ambiguous: bool
    attempts: int
    unsent: int
    expired: bool
    sent_s_ago: float | None  # since the first byte of a step that was not surely refused
    settle_s: float = 60.0  # the account's, as its gate knows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything a claim needs to be carried out. `application` is None once its content was purged."""

    claim: Claim
    generation: int
    employer_id: str
    candidate_id: str
    ats_job_id: str
    connection: Connection | None
    application: Application | None = field(repr=False)
    pdf: bytes | None = field(repr=False)
    pdf_sha256: str | None
    placed: Receipt | None
    unwanted: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """One delivery whose profile is to be rendered, under a lease of its own."""

    key: UUID
    fence: int
    worker: UUID
    claims: int
    errors: int
    connection: Connection | None
    application: Application | None = field(repr=False)
    content_sha256: str | None
    unwanted: str | None
    unreadable: bool = False  # there is content, and this version cannot read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the journal saw in this attempt. `opened`: a step was started and its end never seen."""

    opened: bool = False
    looked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How an attempt changes its delivery. `retry` is ready, or uncertain while a started step is unresolved."""

    to: Next
    kind: str  # transient, permanent, ... delivered: the class of the attempt
    reason: str | None = None
    code: str | None = None
    error: str | None = None
    wait_s: float = 0.0
    costs_attempt: bool = False
    unsent: bool = False
    receipt: Receipt | None = None
    effect: Effect = "none"
    hold_s: float | None = None
    issue: IssueKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Evidence: written whatever happened to the claim meanwhile."""

    id: UUID
    took_s: float
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The part of a connection's gate that outcomes change. Times in seconds from now; negative: past."""

    mode: Literal["closed", "open", "half_open", "paused"] = "closed"
    open_for_s: float | None = None
    opened_s_ago: float | None = None
    trips: int = 0
    consec_fail: int = 0
    window_s: float = 0.0  # age of the window
    window_n: int = 0
    window_fail: int = 0


def receipt_fields(receipt: Receipt) -> Mapping[str, object]:
    """The receipt as JSON: ids of the vendor's, no person."""
    return {name: getattr(receipt, name) for name in Receipt.__slots__}


def receipt_of(value: Mapping[str, object] | None) -> Receipt | None:
    """The receipt behind its JSON; names a newer version wrote are ignored."""
    if value is None:
        return None
    known = {name: value[name] for name in Receipt.__slots__ if name in value}
    return Receipt(**known)  # type: ignore[arg-type]
