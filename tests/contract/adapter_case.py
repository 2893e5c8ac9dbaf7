"""What one vendor must bring to the contract suite: its adapter in test settings and golden replies by step."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.base import AtsAdapter, Call, Reply
from adapters.registry import build, card
from schemas.delivery import Delivery, Kind, Pdf, Receipt
from schemas.errors import DeliveryError
from schemas.journal import Kept
from schemas.person import Person
from tests.contract.pdf_links import link_to

SECRET = "s3cr3t-canary"
PDF = b"%PDF-1.7 canary-of-an-answer"
KEY = "5d3c0f0e-9c6e-5a1b-8a51-3b1f0c9d2e77"
PERSON = Person(
    candidate_id="cand-1", first_name="Augusta", last_name="Lovelace", email="augusta@example.com", phone="+12125550123"
)
Script = Mapping[str, Reply]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the reads of `find` answer when the step landed, and when nothing of it is seen.

    `proves` is False where not being seen is no proof of absence: then `find` is Unknown and a person decides.
    """

    found: Script
    absent: Script
    proves: bool = True


@dataclass(frozen=True, kw_only=True)
class Soft:
    """A reply that means something other than its status says by default."""

    step: str
    reply: Reply
    means: type[DeliveryError] | None  # None: the flow goes on


@dataclass(frozen=True, kw_only=True)
class Case:
    vendor: str
    credentials: Mapping[str, str]
    base_url: str | None = None
    ats_job_id: str = "77"
    create: Script  # of a person the ATS does not know
    receipt: Receipt
    sources: Mapping[str, str]  # by step of a create: how its body says FactoryFix (R11), exactly, beside any file name
    adopt: Script = field(default_factory=dict)  # of a person who is on this job already; empty: not told apart
    adopted: Receipt | None = None
    update: Script = field(default_factory=dict)
    erase: Script = field(default_factory=dict)
    check: Script = field(default_factory=dict)
    looks: Mapping[str, Look] = field(default_factory=dict)
    soft: tuple[Soft, ...] = ()
    own_statuses: frozenset[tuple[str, int]] = (
        frozenset()
    )  # (step, status) with a meaning of their own, shown in `soft`
    read_posts: tuple[str, ...] = ()  # paths that only read, in an API where everything is a POST
    prepared: tuple[str, ...] = ()  # steps that leave nothing lasting and are made anew with the step they prepare
    says: tuple[str, ...] = ()  # other words the bodies of a create must hold

    def adapter(self) -> AtsAdapter:
        return build(self.vendor, self.credentials, self.base_url)

    def delivery(self, kind: Kind = "create", **changes: Any) -> Delivery:
        link = link_to(PDF) if card(self.vendor).pdf_by == "link" else None
        pdf = Pdf(file_name=f"FactoryFix {KEY}.pdf", sha256=hashlib.sha256(PDF).hexdigest(), content=PDF, url=link)
        values: dict[str, Any] = {
            "key": KEY,
            "kind": kind,
            "connection": "acme",
            "employer_id": "emp-1",
            "application_id": "app-1",
            "job_id": "job-1",
            "job_title": "CNC Machinist",
            "ats_job_id": self.ats_job_id,
            "person": PERSON,
            "pdf": None if kind == "erase" else pdf,
            "profile_url": "https://profiles.example/app-1",
            "placed": None if kind == "create" else self.receipt,
        }
        return Delivery(**(values | changes))

    def anew_from(self, calls: list[Call], position: int) -> int:
        """Where a run goes on that was paused at `position`: after the last write, its preparations made anew."""
        while position > 0 and (calls[position - 1].only_reads or calls[position - 1].step in self.prepared):
            position -= 1
        return position

    def only_reads(self, call: Call) -> bool:
        """By the case's own list, so that an adapter cannot call a write a read."""
        return call.method == "GET" or (call.method == "POST" and call.path in self.read_posts)


def carries_pdf(call: Call) -> bool:
    """As it is, in Base64, or as the address it can be fetched from."""
    return any(form in call.body for form in (PDF, base64.b64encode(PDF), link_to(PDF).encode()))


def reply(status: int, value: Any = None, **headers: str) -> Reply:
    body = b"" if value is None else json.dumps(value).encode()
    return Reply(
        status=status, headers={name.lower().replace("_", "-"): text for name, text in headers.items()}, body=body
    )


class MemoryJournal:
    """The Journal contract of schemas/journal.py, in memory."""

    def __init__(self) -> None:
        self.finished: dict[str, Kept] = {}
        self.open: set[str] = set()
        self.looks: dict[str, int] = {}

    async def done(self, step: str, /) -> Kept | None:
        return self.finished.get(step)

    async def started(self, step: str, /) -> bool:
        return step in self.open

    async def start(self, step: str, /) -> None:
        self.open.add(step)
        self.looks.pop(step, None)

    async def finish(self, step: str, kept: Kept, /) -> None:
        self.finished[step] = dict(kept)
        self.open.discard(step)

    async def refused(self, step: str, /) -> None:
        self.open.discard(step)
        self.looks.pop(step, None)

    async def absent(self, step: str, /) -> int:
        self.looks[step] = self.looks.get(step, 0) + 1
        return self.looks[step]


class Scripted:
    """Answers calls by step name and remembers them; `faults` are raised or answered instead, once each."""

    def __init__(self, script: Script, faults: Mapping[str, Reply | BaseException] | None = None) -> None:
        self.script = script
        self.faults = dict(faults or {})
        self.calls: list[Call] = []

    async def send(self, call: Call) -> Reply:
        self.calls.append(call)
        answer = self.faults.pop(call.step, None) or self.script[call.step]
        if isinstance(answer, BaseException):
            raise answer
        return Reply(status=answer.status, headers=answer.headers, body=answer.body, step=call.step)
