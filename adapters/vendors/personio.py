"""Personio Recruiting API v1: upload the PDF, then one call makes the applicant and the application with it.

Sources: the vendor's OpenAPI, personio/api-docs@2f3707ff personio-recruiting-api.yaml (2025-01-27), whose list of error
codes has `errors.applicant-already-exists` for an e-mail that has applied to the position: that makes the call
safe to repeat, and to a repeat it means that the first request landed; developer.personio.de/reference/introduction-1
(20 requests a minute and company to each of the two calls, then a minute's wait). Traps: v1 has no reads and gives no
ids; an uploaded file that nobody named may be gone days later (errors.file-validation.file-not-exists), so it is
uploaded anew on each attempt; a file can only come with a new application, so an applicant who came another way, or a
second job of ours on the same position, is told to a person instead of being left without the PDF (R9); the phone is an
attribute, not a field; an unknown phase would silently become "unassigned", so none is sent. v2 is no way out: of
recruiting it lets people read (developer.personio.de/changelog/recruiting-api-is-generally-available, 2026); a create
and what a repeat of it does are not in what is public, and it wants credentials of its own.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import FixedHeaders
from adapters.base import Auth, Call, Check, Find, Finding, Push, Reply
from adapters.body import document_or_none, json_bytes, list_at, text_at, text_field
from adapters.calls import writing
from adapters.findings import finding_of, standing
from adapters.multipart import Part, multipart
from adapters.naming import clipped, field_names, file_name, require_pdf, required_email, whole_number
from adapters.status import error_of, require_success
from schemas.delivery import SOURCE, Attribution, Delivery, Receipt
from schemas.errors import ConfigError, DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_APPLICATIONS: Final = "/v1/recruiting/applications"
_THERE: Final = "errors.applicant-already-exists"
_INCOMPLETE: Final = frozenset({"400", "422"})  # what an application without fields is told, once it was let in
_RENEW: Final = "compare token and company id with the Recruiting API key in Settings, Integrations, API credentials"
_UNPUBLISHED: Final = "errors.job-position.not-published"
_SWITCHED_OFF: Final = ("feature.recruiting.disabled", "feature.public-api.disabled")
_FILE_GONE: Final = "errors.file-validation.file-not-exists"
_MEANINGS: Final = {
    "errors.file-too-big": "too_large",
    "errors.posting-validation.posting-not-found": "not_found",
    "errors.posting-validation.channel-not-found": "unknown_source",
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = "https://api.personio.de"
    token: str = field(repr=False)
    company_id: str = field(repr=False)
    recruiting_channel_id: str = field(default="", repr=False)

    facts: ClassVar = VendorFacts(
        title="Personio (v1)",
        capability="native",
        dedupe_key="an e-mail address applies to a position once: 400 errors.applicant-already-exists",
        max_pdf_bytes=20_000_000,
        attach_level="application",
        update="unsupported",
        erase="ask_a_person",
        source='recruiting_channel_id, the number of a channel named FactoryFix; the tag "FactoryFix" in any case',
        silent="nothing about mail is documented; whether Personio confirms an application is the employer's setting",
        read_back=False,
        rate_per_s=0.6,
        burst=4.0,
        settle_s=60.0,
        sources=(
            "github.com/personio/api-docs@2f3707ff personio-recruiting-api.yaml, 2025-01-27",
            "developer.personio.de/reference/introduction-1, 2026-11",
        ),
    )

    def __post_init__(self) -> None:
        if self.recruiting_channel_id and not self.recruiting_channel_id.isdecimal():
            raise ConfigError("personio: credentials.recruiting_channel_id must be a number")

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": f"Bearer {self.token}", "X-Company-ID": self.company_id})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return replace(delivery.placed or Receipt(), note="update_unsupported")
        body = self._application(delivery)
        call = writing("create application", _APPLICATIONS, body, _applied, repeat="safe")
        yield replace(call, read_again=_applied_before, prepare=partial(_with_profile, delivery, call, body))
        attribution: Attribution = "set" if self.recruiting_channel_id else "unsupported"
        return Receipt(attribution=attribution)

    def find(self, delivery: Delivery, step: str, /) -> Find:  # noqa: ARG002 - the protocol's shape
        """Nothing can be read. Its one lasting write is safe to repeat, so nothing needs to be."""
        yield from ()
        raise Unknown(f"{step}: Personio v1 cannot be asked what it took")

    def check(self, ats_job_id: str | None, /) -> Check:
        """An application without any field: refused with 400 where the token is good, and never made."""
        empty = writing("try the credentials", _APPLICATIONS, {}, standing, repeat="safe")
        tried = yield replace(empty, reads=True)
        known = {"status": "200"} if tried["status"] in _INCOMPLETE else tried
        found = (
            finding_of(known, "credentials", remedy=_RENEW),
            _channel_finding(self.recruiting_channel_id),
        )
        if ats_job_id is None:
            return found
        unseen = "Personio v1 cannot be asked; a position that is not published is refused when a candidate comes"
        return (*found, Finding(what="linked job", ok=bool(whole_number(ats_job_id, what="job_id")), detail=unseen))

    def _application(self, delivery: Delivery) -> Row:
        person, limit = delivery.person, self.facts.max_name_chars
        body: Row = {
            "first_name": clipped(person.first_name, limit),
            "last_name": clipped(person.last_name, limit),
            "email": required_email(delivery),
            "job_position_id": whole_number(delivery.ats_job_id, what="job_id"),
            "tags": [SOURCE],
        }
        if person.phone:
            body["attributes"] = [{"id": "phone", "value": person.phone}]
        if self.recruiting_channel_id:
            body["recruiting_channel_id"] = int(self.recruiting_channel_id)
        return body


def _channel_finding(channel_id: str) -> Finding:
    what = f"source {SOURCE}"
    if channel_id:
        return Finding(what=what, ok=True, detail=f"recruiting channel {channel_id}; its name cannot be read by v1")
    detail = f"no recruiting channel configured: applications carry only the tag {SOURCE}"
    return Finding(what=what, ok=True, detail=detail)


def _with_profile(delivery: Delivery, call: Call, body: Row) -> Generator[Call, Kept, Call]:
    """The same call with a file that is there now."""
    document = yield _upload(delivery)
    file = {"uuid": document["uuid"], "original_filename": file_name(delivery), "category": "other"}
    return replace(call, body=json_bytes({**body, "files": [file]}))


def _upload(delivery: Delivery) -> Call:
    """Safe to repeat: a document belongs to nobody until an application names its uuid (POST .../documents)."""
    pdf = require_pdf(delivery)
    content_type, body = multipart(
        [Part(name="file", content=pdf.content, file_name=file_name(delivery), media_type="application/pdf")]
    )
    return Call(
        step="upload profile",
        method="POST",
        path=f"{_APPLICATIONS}/documents",
        headers={"Content-Type": content_type, "Accept": "application/json"},
        body=body,
        read=lambda reply: {"uuid": text_field(require_success(reply), "uuid")},
        repeat="safe",
    )


def _applied(reply: Reply) -> Kept:
    """201, documented without a body: nothing to keep."""
    if _THERE in dict(_refused(reply)):
        raise Permanent(
            f"{reply.step}: this address has applied to the position already, and v1 cannot add the PDF",
            code="already_applied",
        )
    return _accepted(reply)


def _applied_before(reply: Reply) -> Kept:
    return {} if _THERE in dict(_refused(reply)) else _accepted(reply)


def _accepted(reply: Reply) -> Kept:
    """Codes before statuses: they say what the status 400 does not."""
    refused = dict(_refused(reply))
    if refused:
        raise _error_of(refused, reply)
    if require_success(reply).status != HTTPStatus.CREATED:
        raise Unknown(f"{reply.step}: HTTP {reply.status} where 201 was to come")
    return {}


def _error_of(refused: dict[str, str], reply: Reply) -> DeliveryError:
    if _UNPUBLISHED in refused:
        return JobClosed(f"{reply.step}: HTTP {reply.status}, the position is not published")
    if _FILE_GONE in refused:
        return Transient(f"{reply.step}: HTTP {reply.status}, Personio does not know the uploaded file")
    if any(code in refused for code in _SWITCHED_OFF):
        return Unauthorized(f"{reply.step}: HTTP {reply.status}, Personio's recruiting or its API is switched off")
    ours = next((_MEANINGS[code] for code in refused if code in _MEANINGS), None)
    text, fields = f"{reply.step}: HTTP {reply.status}", field_names(refused.values())
    return error_of(reply, fields=fields) if ours is None else Permanent(text, code=ours, fields=fields)


def _refused(reply: Reply) -> list[tuple[str, str]]:
    """(code, field) of each refusal: {errors: [{field, errors: [{reason}]}]}."""
    if reply.ok:
        return []
    entries = list_at(document_or_none(reply), "errors")
    reasons = [(text_at(error, "reason"), entry) for entry in entries for error in list_at(entry, "errors")]
    return [(reason, text_at(entry, "field") or "") for reason, entry in reasons if reason]
