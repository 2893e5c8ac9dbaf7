"""All that a vendor file needs to know: what to call, what comes back, what to remember."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from schemas.delivery import Delivery, Receipt
from schemas.journal import Kept
from schemas.vendor import VendorFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request. A step with the same name is made once per delivery.

    `path` is relative to the connection's base URL, or a whole https URL the ATS gave us (a presigned upload).
    `keep` names the reply fields the journal keeps. `repeat="safe"` needs a link to the vendor's page that says so.
    """

    step: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    keep: tuple[str, ...] = ()
    repeat: Literal["safe", "look_first"] = "look_first"
    signed: bool = True  # False: without the connection's credentials (a presigned upload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


Push = Generator[Call, Reply, Receipt]
Find = Generator[Call, Reply, Kept | None]
Check = Generator[Call, Reply, tuple["Finding", ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a preflight: what was looked at, whether it is right, and what to do if not."""

    what: str
    ok: bool
    detail: str = ""
    remedy: str = ""


class AtsAdapter(Protocol):
    """A frozen dataclass of settings and credentials (hidden in repr). No I/O: the driver sends what it yields."""

    facts: ClassVar[VendorFacts]

    def push(self, delivery: Delivery, /) -> Push:
        """Yield each call in order; return the receipt. Deterministic: it is replayed after a crash.

        `delivery.kind` says create, update or erase.
        """
        ...

    def find(self, delivery: Delivery, step: str, /) -> Find:
        """What `step` left behind; None if it surely did not happen; raise Unknown if we cannot tell. Only reads."""
        ...

    def check(self, ats_job_id: str | None, /) -> Check:
        """Preflight: credentials, permissions, the job if one is named, the source. Only reads."""
        ...
