"""A synthetic candidate through a connection: created, read back, removed again, each said in plain words."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from adapters.base import Finding
from adapters.findings import in_words
from adapters.pusher import VendorPusher
from schemas.connection import Connection
from schemas.delivery import SOURCE, Delivery, Kind, Pdf, Receipt
from schemas.errors import DeliveryError, Unknown
from schemas.journal import Kept
from schemas.person import PLACEHOLDER_DOMAIN, Person

PUBLIC_ADDRESS: Final = "public address"
_FIRST, _LAST = "FactoryFix", "Preflight (please ignore)"
_FONT: Final = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
_PAGE: Final = b"BT /F1 18 Tf 60 760 Td (FactoryFix connection check. Not a real candidate.) Tj ET"


@dataclass(slots=True)
class StepList:
    """A journal for one process and one run: preflight is never resumed."""

    finished: dict[str, Kept] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)

    async def done(self, step: str, /) -> Kept | None:
        return self.finished.get(step)

    async def started(self, step: str, /) -> bool:
        return step in self.begun and step not in self.finished

    async def start(self, step: str, /) -> None:
        self.begun.append(step)

    async def finish(self, step: str, kept: Kept, /) -> None:
        self.finished[step] = kept

    async def refused(self, step: str, /) -> None:
        self.begun.remove(step)

    async def absent(self, step: str, /) -> int:  # noqa: ARG002 - the protocol's shape
        return 0


async def try_out(
    pusher: VendorPusher, delivery: Delivery, *, deadline_s: float, update: bool = False
) -> tuple[Finding, ...]:
    """With a `synthetic` delivery. Never raises a DeliveryError: what went wrong is a finding.

    `update`: also with a newer PDF afterwards.
    """
    deadline = time.monotonic() + deadline_s
    journal = StepList()
    try:
        receipt = await pusher.push(delivery, journal, deadline=deadline)
    except DeliveryError as exc:
        return (_not_created(exc, begun=bool(journal.begun)),)
    created = Finding(what="create a synthetic candidate", ok=True, detail=_told(receipt))
    read = [await _read_back(pusher, delivery, step, deadline) for step in journal.begun]
    placed = replace(delivery, key=str(uuid.uuid4()), placed=receipt)
    updated = [await _updated(pusher, replace(placed, kind="update"), deadline)] if update else []
    removed = await _removed(pusher, replace(placed, kind="erase", pdf=None), deadline)
    return (created, _source(receipt), *read, *updated, removed)


def worth_trying(findings: tuple[Finding, ...]) -> bool:
    """Whether a candidate may still go through: what is not seen from here may be seen by the ATS."""
    return {found.what for found in findings if not found.ok} <= {"linked job", f"source {SOURCE}", PUBLIC_ADDRESS}


def not_tried() -> Finding:
    remedy = "put right what is said above, then check again"
    return Finding(what="create a synthetic candidate", ok=False, detail="not tried", remedy=remedy)


def synthetic(connection: Connection, ats_job_id: str, url_of: Callable[[uuid.UUID], str | None]) -> Delivery:
    """Another candidate each time, so that a second preflight does not find the first one's. Raises as `url_of`."""
    key = uuid.uuid4()
    mark = key.hex
    content = one_page()
    kind: Kind = "create"
    return Delivery(
        key=str(key),
        kind=kind,
        connection=connection.name,
        employer_id=connection.employer_id,
        application_id=f"preflight-{mark[:12]}",
        job_id="preflight",
        job_title="Connection check",
        ats_job_id=ats_job_id,
        person=Person(
            candidate_id=f"preflight-{mark[:12]}",
            first_name=_FIRST,
            last_name=_LAST,
            email=f"preflight-{mark[:12]}@{PLACEHOLDER_DOMAIN}",
            phone="+12025550143",  # 555-01xx: numbers the North American plan keeps for fiction
        ),
        pdf=Pdf(
            file_name=f"FactoryFix-{mark}.pdf",
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            url=url_of(key),
        ),
        profile_url="https://app.factoryfix.com/",
    )


def one_page() -> bytes:
    """The smallest PDF that says what it is; ISO 32000-1 section 7.5 gives the shape."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 " + _FONT,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(_PAGE), _PAGE),
    )
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        body
        + head
        + table
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            len(body),
        )
    )


def _not_created(error: DeliveryError, *, begun: bool) -> Finding:
    """`begun`: a write was sent whose end is not known, or an earlier one went well."""
    said, remedy = in_words(error)
    left = f"; then remove {_FIRST} {_LAST} in the ATS, if it is there" if begun else "; nothing was created"
    return Finding(what="create a synthetic candidate", ok=False, detail=said, remedy=remedy + left)


async def _read_back(pusher: VendorPusher, delivery: Delivery, step: str, deadline: float) -> Finding:
    what = f"read back: {step}"
    try:
        found = await pusher.find(delivery, step, deadline=deadline)
    except Unknown as exc:
        return Finding(what=what, ok=True, detail=f"not checked: {str(exc).removeprefix(f'{step}: ')}")
    except DeliveryError as exc:
        return Finding(what=what, ok=False, detail=in_words(exc)[0], remedy="allow this user to read what it creates")
    if found is None:
        remedy = "allow this user to see candidates of every kind; an index that lags is waited for in deliveries"
        return Finding(what=what, ok=False, detail="created, and not found again", remedy=remedy)
    return Finding(what=what, ok=True, detail="found again")


async def _updated(pusher: VendorPusher, update: Delivery, deadline: float) -> Finding:
    what = "send a newer PDF"
    try:
        receipt = await pusher.push(update, StepList(), deadline=deadline)
    except DeliveryError as exc:
        said, remedy = in_words(exc)
        return Finding(what=what, ok=False, detail=said, remedy=remedy)
    taken = receipt.note != "update_unsupported"
    return Finding(what=what, ok=True, detail="taken" if taken else "this ATS takes none after the application")


async def _removed(pusher: VendorPusher, erasure: Delivery, deadline: float) -> Finding:
    by_hand = f"remove {_FIRST} {_LAST} in the ATS by hand"
    if pusher.facts.erase == "ask_a_person":
        detail = "not by us: this ATS lets no program remove a candidate"
        return Finding(what="clean up", ok=True, detail=detail, remedy=by_hand)
    try:
        await pusher.push(erasure, StepList(), deadline=deadline)
    except DeliveryError as exc:
        return Finding(what="clean up", ok=False, detail=in_words(exc)[0], remedy=by_hand)
    return Finding(what="clean up", ok=True, detail="removed")


def _source(receipt: Receipt) -> Finding:
    words = {
        "set": "the application's source is FactoryFix",
        "kept_existing": "the ATS kept the source it had",
        "unsupported": f"not set: this ATS has none to set, or shows none named {SOURCE}",
        "unverified": "sent; the ATS does not show it to us",
    }
    return Finding(what="source", ok=True, detail=words[receipt.attribution])


def _told(receipt: Receipt) -> str:
    ids = {"candidate": receipt.candidate_id, "application": receipt.application_id, "file": receipt.attachment_id}
    return ", ".join(f"{name} {value}" for name, value in ids.items() if value) or "accepted, no ids told"
