"""All that a vendor file needs to know: what to call, how to read the answer, what to remember."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar, Literal, Protocol

from schemas.delivery import Delivery, Receipt
from schemas.journal import Kept
from schemas.vendor import VendorFacts

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One whole answer. Header names are lower-case. `step` says in error texts which call it answers."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    step: str = ""

    @property
    def ok(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


Read = Callable[[Reply], Kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request and how its answer is read. A step with the same name is made once per delivery.

    `path` is relative to the connection's base URL, or a whole https URL the ATS gave us (a presigned upload).
    `read` turns the reply into the few fields the journal keeps and the flow goes on with, or raises a
    DeliveryError; it is pure. `repeat="safe"` on a write needs a link to the vendor's page that says so.
    `read_again` reads the answer to a repeat of a safe write instead: there, "it exists already" means that the first
    request landed.
    """

    step: str
    method: Method
    path: str
    read: Read = field(compare=False, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    repeat: Literal["safe", "look_first"] = "look_first"
    read_again: Read | None = field(default=None, compare=False, repr=False)
    signed: bool = True  # False: without the connection's credentials (a presigned upload)
    reads: bool = False  # a POST that changes nothing, in an API where questions are asked that way
    prepare: Callable[[], Generator[Call, Kept, Call]] | None = field(default=None, compare=False, repr=False)
    """Calls that leave nothing lasting, made anew on every attempt; they return what to send in this call's place."""

    @property
    def only_reads(self) -> bool:
        """Its answer may be asked for again at any time, and holds only until somebody writes."""
        return self.reads or self.method == "GET"


Push = Generator[Call, Kept, Receipt]
Find = Generator[Call, Kept, Kept | None]
Check = Generator[Call, Kept, tuple["Finding", ...]]
LogIn = Generator["Call | Session", Kept, "Session"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a log-in gave. Hidden in repr; kept encrypted, because some refresh tokens work only once."""

    token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    base_url: str | None = None  # where the ATS said this account's API is


class Auth(Protocol):
    """How calls are signed. It does no I/O; sessions.py runs the log-in and remembers what it gave."""

    def headers(self, call: Call, session: Session | None, at: datetime) -> Mapping[str, str]:
        """The headers that sign one call at one instant."""
        ...

    def log_in(self, before: Session | None, at: datetime) -> LogIn | None:
        """The calls of a log-in, or None where there is nothing to log in with. `before` may hold a refresh token.

        A Session yielded on the way is kept at once: a refresh token that works only once must not be lost when a
        later call of the same log-in fails.
        """
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when the configured credentials change, so that a session kept for others is not used. No secret."""
        ...


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

    @property
    def base_url(self) -> str: ...

    def auth(self) -> Auth:
        """How its calls are signed, and how it logs in where it must."""
        ...

    def push(self, delivery: Delivery, /) -> Push:
        """Yield each call in order; return the receipt. Deterministic: it is replayed after a crash.

        `delivery.kind` says create, update or erase. What a yield gives back is what the call's `read` returned,
        now or in an earlier run.
        """
        ...

    def find(self, delivery: Delivery, step: str, /) -> Find:
        """What `step` left behind; None if it surely did not happen; raise Unknown if we cannot tell. Only reads."""
        ...

    def check(self, ats_job_id: str | None, /) -> Check:
        """Preflight: credentials, permissions, the job if one is named, the source. Only reads."""
        ...
