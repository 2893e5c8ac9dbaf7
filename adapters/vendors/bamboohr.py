"""BambooHR: one multipart call makes candidate, application and resume; nothing can be added later.

Source: BambooHR's OpenAPI, specs/public.yaml in BambooHR/bhr-api-python@3d4de069 (2026-06-01); throttling and error
header by w6w-io/w6w-apps@87e06c56 apps/bamboohr. Traps: no key and no refusal of a repeat: the list of applications,
filtered by job and searched by e-mail, is the only way to see whether a call landed; 503 is the throttle, and
only with Retry-After surely not applied; 429 is an employee limit; without Accept: application/json it answers XML.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import ClassVar, Final

from adapters.auth import FixedHeaders, basic
from adapters.base import Auth, Call, Check, Find, Push, Reply
from adapters.body import at, document, number_at, rows, text_at
from adapters.calls import reading
from adapters.findings import finding_of, job_finding, sent_source, standing
from adapters.multipart import Part, multipart
from adapters.naming import clipped, file_name, require_pdf, required_email, whole_number
from adapters.paging import Some
from adapters.refusals import says_job_closed
from adapters.status import error_of, require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import JobClosed, Permanent, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_MAX_PAGES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str  # https://{company}.bamboohr.com/api/v1
    api_key: str = field(repr=False)

    facts: ClassVar = VendorFacts(
        title="BambooHR",
        capability="lookup",
        dedupe_key="application by e-mail and job, in the list of applications",
        max_pdf_bytes=15_000_000,
        attach_level="application",
        update="unsupported",
        erase="ask_a_person",
        source='source is the text "FactoryFix", only when the application is made',
        silent="an application made by the API mails nobody unless the employer set it up so",
        read_back=True,
        rate_per_s=2.0,
        burst=4.0,
        max_inflight=2,
        settle_s=120.0,
        max_name_chars=100,
        sources=("BambooHR OpenAPI in github.com/BambooHR/bhr-api-python@3d4de069, 2026-06-01",),
    )

    def auth(self) -> Auth:
        return FixedHeaders(values={"Authorization": basic(self.api_key, "x")})

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return replace(delivery.placed or Receipt(), note="erase_by_employer")
        if delivery.kind == "update":
            return replace(delivery.placed or Receipt(), note="update_unsupported")
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:  # noqa: ARG002 - there is but one step
        return (yield from _application(delivery)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read applications", "/applicant_tracking/applications", standing, page="1")
        found = (
            finding_of(people, "read applications", remedy="let the key's owner have access to ATS settings"),
            sent_source(),
        )
        if ats_job_id is None:
            return found
        job = yield _job(ats_job_id)
        return (*found, job_finding(job.get("state"), is_open=(job.get("state") or "").casefold() == "open"))

    def _create(self, delivery: Delivery) -> Push:
        job = yield _job(delivery.ats_job_id)
        if job.get("state", "open").casefold() not in {"open", "draft"}:
            raise JobClosed("the job is not open in BambooHR")
        before = yield from _application(delivery)
        if before:
            raise Permanent(
                "they applied to this job before, and BambooHR takes a file only with a new application",
                code="pdf_not_attachable",
            )
        made = yield self._create_application(delivery)
        return Receipt(
            candidate_id=made.get("candidate_id"), application_id=made.get("application_id"), attribution="set"
        )

    def _create_application(self, delivery: Delivery) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        fields = {
            "firstName": clipped(person.first_name, limit),
            "lastName": clipped(person.last_name, limit),
            "email": required_email(delivery),
            "phoneNumber": person.phone,
            "source": SOURCE,
            "jobId": str(whole_number(delivery.ats_job_id, what="job_id")),
        }
        parts = [Part(name=name, content=value.encode()) for name, value in fields.items() if value]
        content = require_pdf(delivery).content
        file = Part(name="resume", content=content, file_name=file_name(delivery), media_type="application/pdf")
        content_type, body = multipart([*parts, file])
        return Call(
            step="create application",
            method="POST",
            path="/applicant_tracking/application",
            headers={"Content-Type": content_type, "Accept": "application/json"},
            body=body,
            read=_created,
        )


def _job(job_id: str) -> Call:
    number = whole_number(job_id, what="job_id")
    return reading("see job", "/applicant_tracking/jobs", partial(_state_of, number), statusGroups="ALL")


def _application(delivery: Delivery) -> Some:
    email, job_id = required_email(delivery), whole_number(delivery.ats_job_id, what="job_id")
    for page in range(1, _MAX_PAGES + 1):
        step = "find application" if page == 1 else f"find application, page {page}"
        kept = yield reading(
            step,
            "/applicant_tracking/applications",
            partial(_of_email_and_job, email, job_id),
            jobId=str(job_id),
            applicationStatus="ALL",
            searchString=email,
            page=str(page),
        )
        if "more" not in kept:
            return kept
    raise Unknown(f"find application: more than {_MAX_PAGES} pages")


def _state_of(job_id: int, reply: Reply) -> Kept:
    """The job's status label; {} where jobs may not be read or this one is not shown."""
    if reply.status == HTTPStatus.FORBIDDEN:
        return {}
    found = document(require_success(reply))
    for row in found if isinstance(found, list) else []:
        if number_at(row, "id") == job_id:
            state = text_at(row, "status", "label")
            return {} if state is None else {"state": state}
    return {}


def _of_email_and_job(email: str, job_id: int, reply: Reply) -> Kept:
    """`searchString` is a search in words: rows are compared here."""
    for row in rows(require_success(reply), "applications"):
        same = (text_at(row, "applicant", "email") or "").casefold() == email.casefold()
        number = number_at(row, "id")
        if same and number is not None and number_at(row, "job", "id") == job_id:
            return {"application_id": str(number), "candidate_id": text_at(row, "applicant", "id") or ""}
    return {"more": "yes"} if at(document(reply), "paginationComplete") is False else {}


def _created(reply: Reply) -> Kept:
    """The candidate's id is all it tells."""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Permanent(f"{reply.step}: HTTP 429, the account's employee limit is reached", code="account_limit")
    if reply.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY) and says_job_closed(reply):
        raise JobClosed(f"{reply.step}: HTTP {reply.status}, the job is closed")
    if not reply.ok:
        raise error_of(reply)
    made = document(reply)
    number = number_at(made[0] if isinstance(made, list) and made else made, "candidateId")  # older: in a list
    if number is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'candidateId'")
    return {"candidate_id": str(number)}
