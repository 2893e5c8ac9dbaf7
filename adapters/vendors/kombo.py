"""Kombo, the unified API: one call finds or creates the candidate, applies to the job and brings the PDF.

Sources: kombohq/typescript-sdk@1dc00a98 (the vendor's own client, 2026-07-28), its models of POST
/ats/jobs/{job_id}/applications and of the error codes; docs.kombo.dev "Creating applications", by ats.md. Traps: only
`error.code` says what happened, not the HTTP status; reads come from Kombo's copy of the ATS, which lags behind it for
hours, so nothing seen there proves absence; attachments above 10 MB together are advised against; the source of a
candidate who was there before is not overridden.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import at, document, document_or_none, list_at, text_at
from adapters.calls import reading, writing
from adapters.findings import finding_of, job_finding
from adapters.naming import clipped, file_name, require_pdf, require_placed, required_email, segment
from adapters.status import error_of, require_success, retry_after_s
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_THROTTLED: Final = frozenset({"PLATFORM.RATE_LIMIT_EXCEEDED", "PLATFORM.CONCURRENCY_LIMIT_EXCEEDED"})
_NOT_READY: Final = frozenset({"INTEGRATION.SETUP_SYNC_PENDING"})
_REFUSED: Final = frozenset({"PLATFORM.INPUT_INVALID", "REMOTE.INPUT_INVALID"})
_LOCKED_OUT: Final = frozenset(
    {"PLATFORM.AUTHENTICATION_INVALID", "PLATFORM.IP_NOT_WHITELISTED", "PLATFORM.INTEGRATION_NOT_FOUND"}
)
_CANNOT: Final = frozenset({"INTEGRATION.ACTION_NOT_AVAILABLE", "INTEGRATION.ACTION_DISABLED"})
_THERE: Final = "ATS.APPLICATION_ALREADY_EXISTS"
_CLOSED: Final = frozenset({"CLOSED", "ARCHIVED"})
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.kombo.dev/v1"
    api_key: str = field(repr=False)
    integration_id: str = field(repr=False)

    facts: ClassVar = VendorFacts(
        title="Kombo",
        capability="lookup",
        dedupe_key="candidate by e-mail inside Kombo; application by candidate and job in its copy of the ATS",
        max_pdf_bytes=7_000_000,
        attach_level="application",
        update="add_pdf",
        erase="ask_a_person",
        source='source.name "FactoryFix" beside Kombo\'s own attribution; never overrides an older source',
        silent="Kombo mails nobody; what the ATS behind it does is its own setting",
        read_back=True,
        rate_per_s=5.0,
        burst=15.0,
        max_inflight=8,
        settle_s=300.0,
        sources=(
            "github.com/kombohq/typescript-sdk@1dc00a98, 2026-07-28",
            "Kombo OpenAPI 3.1 (103 paths) in github.com/api-evangelist/kombo@62378fa, 2026-05-05: tried as a mock",
            "docs.kombo.dev/ats/implementation-guide/creating-applications, 2026",
        ),
    )

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": f"Bearer {self.api_key}", "X-Integration-Id": self.integration_id})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return (yield from _attached(delivery, require_placed(delivery, "application_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        if step == "attach profile":
            application = (delivery.placed and delivery.placed.application_id) or (
                (yield _application(delivery)).get("application_id")
            )
            if application is None:
                raise Unknown(f"{step}: its application cannot be seen")
            return (yield _attachment(application, file_name(delivery))) or None
        found = yield _application(delivery)
        if "application_id" not in found:
            raise Unknown(f"{step}: not in Kombo's copy of the ATS, which proves nothing")
        return found

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read candidates", "/ats/candidates", _standing, page_size="1")
        read = finding_of(people, "read candidates", remedy="check the API key, the integration id and its scopes")
        attributed = "Kombo names us by itself; FactoryFix is sent beside it"
        found = (read, Finding(what=f"source {SOURCE}", ok=True, detail=attributed))
        if ats_job_id is None:
            return found
        job = yield reading("see job", "/ats/jobs", partial(_state_of, ats_job_id), ids=ats_job_id)
        return (*found, job_finding(job.get("state"), is_open=job.get("state") == "OPEN"))

    def _create(self, delivery: Delivery) -> Push:
        there = yield _application(delivery)
        if "application_id" not in there:
            made = yield self._create_application(delivery)
            if "application_id" in made:
                return _receipt(made, adopted=False)
            there = yield _application(delivery, "find application again")
        if "application_id" not in there:
            raise Unknown("find application: it exists, but is not in Kombo's copy of the ATS yet")
        return (yield from _attached(delivery, _receipt(there, adopted=True)))

    def _create_application(self, delivery: Delivery) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        candidate = {
            "first_name": clipped(person.first_name, limit),
            "last_name": clipped(person.last_name, limit),
            "email_address": required_email(delivery),
        }
        if person.phone:
            candidate["phone_number"] = person.phone
        body = {"candidate": candidate, "attachments": [_file(delivery, "CV")], "source": {"name": SOURCE}}
        path = f"/ats/jobs/{segment(delivery.ats_job_id)}/applications"
        return writing("create application", path, body, _created)


def _file(delivery: Delivery, kind: str) -> Row:
    content = base64.b64encode(require_pdf(delivery).content).decode()
    return {"name": file_name(delivery), "type": kind, "content_type": "application/pdf", "data": content}


def _receipt(kept: Kept, *, adopted: bool) -> Receipt:
    source = kept.get("source", "")
    return Receipt(
        candidate_id=kept.get("candidate_id"),
        application_id=kept["application_id"],
        attribution="set" if source == SOURCE else "kept_existing" if source or adopted else "unverified",
        adopted=adopted,
    )


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    application = placed.application_id or ""
    there = yield _attachment(application, file_name(delivery))
    if there:
        return replace(placed, attachment_id=there["attachment_id"])
    path = f"/ats/applications/{segment(application)}/attachments"
    made = yield writing("attach profile", path, {"attachment": _file(delivery, "OTHER")}, _added)
    if "cannot" in made:
        return replace(placed, note="update_unsupported")
    return replace(placed, attachment_id=None)


def _application(delivery: Delivery, step: str = "find application") -> Call:
    """The candidate's application on this job, in Kombo's copy. {} where it is not there (yet)."""
    email = required_email(delivery)
    pick = partial(_application_in, email, delivery.ats_job_id)
    return reading(step, "/ats/candidates", pick, email=email, page_size="250")


def _attachment(application_id: str, name: str) -> Call:
    path = f"/ats/applications/{segment(application_id)}/attachments"
    return reading("find attachment", path, partial(_named, name))


def _standing(reply: Reply) -> Kept:
    """Its code says who is locked out; the status does not."""
    try:
        _data(reply)
    except Unauthorized:
        return {"status": "401"}
    except DeliveryError:
        return {"status": str(reply.status)} if not reply.ok else {"status": "an answer that makes no sense"}
    return {"status": "200"}


def _state_of(job_id: str, reply: Reply) -> Kept:
    states = [text_at(row, "status") for row in _rows(reply) if text_at(row, "id") == job_id] if reply.ok else []
    return {"state": states[0]} if states and states[0] else {}


def _application_in(email: str, job_id: str, reply: Reply) -> Kept:
    for row in _rows(reply):
        emails = {(text_at(entry, "email_address") or "").casefold() for entry in list_at(row, "email_addresses")}
        if email.casefold() not in emails:
            continue
        for entry in list_at(row, "applications"):
            if text_at(entry, "job", "id") == job_id and text_at(entry, "id"):
                return _kept(text_at(entry, "id"), text_at(row, "id"), text_at(row, "source"))
    return {}


def _named(name: str, reply: Reply) -> Kept:
    for row in _rows(reply):
        attachment = text_at(row, "id")
        if text_at(row, "file_name") == name and attachment:
            return {"attachment_id": attachment}
    return {}


def _rows(reply: Reply) -> list[Any]:
    """Lists come as data.results, attachments as data.results too; both inside {"status": "success"}."""
    data = _data(reply)
    return list_at(data, "results") or (data if isinstance(data, list) else [])


def _created(reply: Reply) -> Kept:
    """{} where the ATS refuses a second application of this candidate on this job."""
    if _code(reply) == _THERE:
        return {}
    data = _data(reply)
    application = text_at(data, "id")
    if application is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'id'")
    return _kept(application, text_at(data, "candidate_id"), text_at(data, "candidate", "source"))


def _added(reply: Reply) -> Kept:
    if _code(reply) in _CANNOT:
        return {"cannot": "yes"}
    _data(reply)
    return {}


def _kept(application: str | None, candidate: str | None, source: str | None) -> Kept:
    told = {"application_id": application, "candidate_id": candidate, "source": source}
    return {name: value for name, value in told.items() if value is not None}


def _code(reply: Reply) -> str:
    return text_at(document_or_none(reply), "error", "code") or ""


def _data(reply: Reply) -> Any:
    """What a success carries. Raises what an error's code stands for; only without a code, what its status does."""
    code = _code(reply)
    if code:
        raise _error_of(code, reply)
    data = at(document(require_success(reply)), "data")
    if data is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'data'")
    return data


def _error_of(code: str, reply: Reply) -> DeliveryError:
    """REMOTE.* other than refused input, and what Kombo gave up on, may have reached the ATS behind it."""
    text = (
        f"{reply.step}: {code if code.replace('.', '').replace('_', '').isalnum() else 'error'} (HTTP {reply.status})"
    )
    meanings: tuple[tuple[bool, Callable[[], DeliveryError]], ...] = (
        (code in _THROTTLED, lambda: Transient(text, retry_after_s=retry_after_s(reply), throttled=True)),
        (code in _NOT_READY, lambda: Transient(text)),
        (code == "ATS.JOB_CLOSED", lambda: JobClosed(text)),
        (code in _REFUSED, lambda: Permanent(text, code="invalid")),
        (code in _LOCKED_OUT or code.startswith("INTEGRATION."), lambda: Unauthorized(text)),
        (code.startswith(("REMOTE.", "PLATFORM.", "ATS.")), lambda: Unknown(text)),
    )
    return next((make() for applies, make in meanings if applies), error_of(reply))
