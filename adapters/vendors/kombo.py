"""Kombo, the unified API: one call finds or creates the candidate, applies to the job and brings the PDF.

Sources: kombohq/typescript-sdk@1dc00a98 (the vendor's own client, 2026-07-28), its models of POST
/ats/jobs/{job_id}/applications and of the error codes; docs.kombo.dev "Creating applications", by ats.md;
docs.kombo.dev/guides/errors (2026-11), which names what is safe to retry: both rate limits, REMOTE.SERVICE_UNAVAILABLE
and a 503 of its load balancer. Traps: only `error.code` says what happened, not the HTTP status; reads come from
Kombo's copy of the ATS, which lags behind it for hours, so nothing seen there proves absence; an employer may let us
create and not read, or the ATS may have no such read: that stops no create; a filter an ATS does not support shows
nobody; attachments above 10 MB together are advised against; the source of a candidate who was there before is not
overridden; a job may be named by the ATS's own id, as "remote:4021".
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import at, document, document_or_none, list_at, text_at
from adapters.calls import reading, writing
from adapters.findings import finding_of, job_finding
from adapters.naming import clipped, file_name, require_pdf, require_placed, required_email, segment
from adapters.status import error_of, is_throttled, require_success, retry_after_s
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_THROTTLED: Final = frozenset(
    {"PLATFORM.RATE_LIMIT_EXCEEDED", "PLATFORM.CONCURRENCY_LIMIT_EXCEEDED", "REMOTE.RATE_LIMIT_EXCEEDED"}
)
_LATER: Final = frozenset({"INTEGRATION.SETUP_SYNC_PENDING", "REMOTE.SERVICE_UNAVAILABLE"})
_REFUSED: Final = frozenset({"PLATFORM.INPUT_INVALID", "REMOTE.INPUT_INVALID"})
_LOCKED_OUT: Final = frozenset(
    {"PLATFORM.AUTHENTICATION_INVALID", "PLATFORM.IP_NOT_WHITELISTED", "PLATFORM.INTEGRATION_NOT_FOUND"}
)
_CANNOT: Final = frozenset({"INTEGRATION.ACTION_NOT_AVAILABLE", "INTEGRATION.ACTION_DISABLED"})
_UNREADABLE: Final = _CANNOT | {
    "INTEGRATION.MODEL_NOT_AVAILABLE",
    "INTEGRATION.MODEL_DISABLED",
    "INTEGRATION.PERMISSION_MISSING",
}
_THERE: Final = "ATS.APPLICATION_ALREADY_EXISTS"
_READ: Final = "read candidates"
_REMOTE: Final = "remote:"
_NOT_OPEN: Final = frozenset({"CLOSED", "ARCHIVED", "DRAFT", "CONFIDENTIAL"})
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.kombo.dev/v1"  # in the US: https://api.us.kombo.dev/v1
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
            "docs.kombo.dev/guides/errors, 2026-11",
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
            there = yield _attachment(application, delivery.key)
            if "hidden" in there:
                raise Unknown(f"{step}: attachments cannot be read")
            return there or None
        found = yield _application(delivery)
        if "application_id" not in found:
            raise Unknown(f"{step}: not in Kombo's copy of the ATS, which proves nothing")
        return found

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading(_READ, "/ats/candidates", _standing, page_size="1")
        attributed = "Kombo names us by itself; FactoryFix is sent beside it"
        found = (_readable(people), Finding(what=f"source {SOURCE}", ok=True, detail=attributed))
        if ats_job_id is None:
            return found
        job = yield _job(ats_job_id)
        return (*found, job_finding(job.get("state"), is_open="state" in job and job["state"] not in _NOT_OPEN))

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
    there = yield _attachment(application, delivery.key)
    if "attachment_id" in there:
        return replace(placed, attachment_id=there["attachment_id"])
    path = f"/ats/applications/{segment(application)}/attachments"
    read = _added if delivery.kind == "update" else _added_or_lost
    made = yield writing("attach profile", path, {"attachment": _file(delivery, "OTHER")}, read)
    if "cannot" in made:
        return replace(placed, note="update_unsupported")
    return replace(placed, attachment_id=None)


def _application(delivery: Delivery, step: str = "find application") -> Call:
    """The candidate's application on this job, in Kombo's copy. Without an id where it is not there (yet)."""
    email = required_email(delivery)
    pick = partial(_application_in, email, delivery.ats_job_id)
    return reading(step, "/ats/candidates", partial(_unless_hidden, pick), email=email, page_size="250")


def _attachment(application_id: str, key: str) -> Call:
    path = f"/ats/applications/{segment(application_id)}/attachments"
    return reading("find attachment", path, partial(_unless_hidden, partial(_of_key, key)))


def _job(job_id: str) -> Call:
    asked = {"remote_ids": job_id.removeprefix(_REMOTE)} if job_id.startswith(_REMOTE) else {"ids": job_id}
    return reading("see job", "/ats/jobs", partial(_state_of, job_id), **asked)


def _is_job(row: Any, job_id: str) -> bool:
    return job_id in (text_at(row, "id"), f"{_REMOTE}{text_at(row, 'remote_id')}")


def _unless_hidden(read: Callable[[Reply], Kept], reply: Reply) -> Kept:
    """What is only good to know must not stop a create; who must know sees that it was hidden."""
    return {"hidden": "yes"} if _code(reply) in _UNREADABLE else read(reply)


def _standing(reply: Reply) -> Kept:
    """Its code says who is locked out, and why; the status does not."""
    code = _code(reply)
    try:
        _data(reply)
    except Unauthorized:
        return {"status": "401", "code": code}
    except DeliveryError:
        return {"status": str(reply.status)} if not reply.ok else {"status": "an answer that makes no sense"}
    return {"status": "200"}


def _readable(kept: Kept) -> Finding:
    code = kept.get("code", "")
    if code in _UNREADABLE:
        detail = f"Kombo, or the employer, does not allow it ({code})"
        remedy = "let the scope config read candidates and applications: else a lost answer is for a person to look up"
        return Finding(what=_READ, ok=False, detail=detail, remedy=remedy)
    if code.startswith("INTEGRATION."):
        detail = f"Kombo can not get into the ATS: credentials or set-up ({_plain(code)})"
        remedy = "open the integration in Kombo: it says what the employer has to do"
        return Finding(what=_READ, ok=False, detail=detail, remedy=remedy)
    return finding_of(kept, _READ, remedy="check the API key, the integration id and the region of the base URL")


def _state_of(job_id: str, reply: Reply) -> Kept:
    for row in _rows(reply) if reply.ok else []:
        if _is_job(row, job_id):
            closed = "CONFIDENTIAL" if text_at(row, "visibility") == "CONFIDENTIAL" else None  # nobody can apply
            return {"state": closed or text_at(row, "status") or "without a status"}
    return {}


def _application_in(email: str, job_id: str, reply: Reply) -> Kept:
    for row in _rows(reply):
        emails = {(text_at(entry, "email_address") or "").casefold() for entry in list_at(row, "email_addresses")}
        if email.casefold() not in emails:
            continue
        for entry in list_at(row, "applications"):
            if _is_job(at(entry, "job"), job_id) and text_at(entry, "id"):
                return _kept(text_at(entry, "id"), text_at(row, "id"), text_at(row, "source"))
    return {}


def _of_key(key: str, reply: Reply) -> Kept:
    for row in _rows(reply):
        attachment = text_at(row, "id")
        if key in (text_at(row, "file_name") or "") and attachment:
            return {"attachment_id": attachment}
    return {}


def _rows(reply: Reply) -> list[Any]:
    """Lists come as data.results, attachments as data.results too; both inside {"status": "success"}."""
    data = _data(reply)
    return list_at(data, "results") or (data if isinstance(data, list) else [])


def _created(reply: Reply) -> Kept:
    """{} where the ATS refuses a second application of this candidate on this job."""
    code = _code(reply)
    if code == _THERE:
        return {}
    if not code and reply.status == HTTPStatus.SERVICE_UNAVAILABLE and not is_throttled(reply):
        raise Transient(f"{reply.step}: HTTP 503 of Kombo's load balancer")
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


def _added_or_lost(reply: Reply) -> Kept:
    """Of a create: without its PDF it is not delivered (R9)."""
    if _code(reply) in _CANNOT:
        text = f"{reply.step}: this ATS takes a file only with a new application"
        raise Permanent(text, code="pdf_not_attachable")
    return _added(reply)


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


def _plain(code: str) -> str:
    return code if code.replace(".", "").replace("_", "").isalnum() else "error"


def _error_of(code: str, reply: Reply) -> DeliveryError:
    """What is not said to be safe to retry, nor refused, may have reached the ATS behind it."""
    text = f"{reply.step}: {_plain(code)} (HTTP {reply.status})"
    meanings: tuple[tuple[bool, Callable[[], DeliveryError]], ...] = (
        (code in _THROTTLED, lambda: Transient(text, retry_after_s=retry_after_s(reply), throttled=True)),
        (code in _LATER, lambda: Transient(text)),
        (code == "ATS.JOB_CLOSED", lambda: JobClosed(text)),
        (code in _REFUSED, lambda: Permanent(text, code="invalid")),
        (code in _LOCKED_OUT or code.startswith("INTEGRATION."), lambda: Unauthorized(text)),
        (code.startswith(("REMOTE.", "PLATFORM.", "ATS.")), lambda: Unknown(text)),
    )
    return next((make() for applies, make in meanings if applies), error_of(reply))
