"""BambooHR: one multipart call makes candidate, application and resume; nothing can be added later.

Sources: BambooHR's OpenAPI, specs/public.yaml in BambooHR/bhr-api-python@3d4de069 (2026-06-01);
documentation.bamboohr.com/docs/planned-changes-to-the-api (2026-09-10): since 2026-09-16 the throttle is 429 with
Retry-After, and 503 says only that the API is not available; replies recorded in
NangoHQ/integration-templates@3196dff2 integrations/bamboohr-basic/tests (2026-05-29); error header by
w6w-io/w6w-apps@87e06c56 apps/bamboohr. Traps: what the create calls candidateId is the application's number (recorded:
61 made, /applications/61 of applicant 118); no key and no refusal of a repeat (recorded: one e-mail twice on one job),
so the list of applications is the only way to see whether a call landed; what its search in words looks at is not
documented, so whom it does not show is looked for among all of the job; an older 503 may still mean "busy" or may not,
so it is looked up; reasons are in a header; without Accept: application/json it answers XML.
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
from adapters.status import require_success
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_MAX_PAGES: Final = 20
_CLOSED: Final = frozenset({"filled", "canceled", "cancelled", "deleted", "on hold"})  # get-job-summaries, statusGroups
_REASON: Final = "x-bamboohr-error-message"


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
        sources=(
            "BambooHR OpenAPI in github.com/BambooHR/bhr-api-python@3d4de069, 2026-06-01",
            "documentation.bamboohr.com/docs/planned-changes-to-the-api, 2026-09-10",
            "github.com/NangoHQ/integration-templates@3196dff2 integrations/bamboohr-basic, recorded 2026-05-29",
            "no limit of a resume is documented; employee files and photos end at 20 MB",
        ),
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
        found = yield from _searched(delivery)
        if not found:
            found = yield from _application(
                delivery, "look through applications", sortBy="created_date", sortOrder="DESC"
            )
        return found or None

    def check(self, ats_job_id: str | None, /) -> Check:
        people = yield reading("read applications", "/applicant_tracking/applications", standing, page="1")
        found = (
            finding_of(people, "read applications", remedy="let the key's owner have access to ATS settings"),
            sent_source(),
        )
        if ats_job_id is None:
            return found
        job = yield _job(ats_job_id)
        return (*found, job_finding(job.get("state"), is_open="state" in job and not _is_closed(job)))

    def _create(self, delivery: Delivery) -> Push:
        if _is_closed((yield _job(delivery.ats_job_id))):
            raise JobClosed("the job is not open in BambooHR")
        before = yield from _searched(delivery)
        if before:
            raise Permanent(
                "they applied to this job before, and BambooHR takes a file only with a new application",
                code="pdf_not_attachable",
            )
        made = yield self._create_application(delivery)
        return Receipt(candidate_id=made.get("candidate_id"), application_id=made["application_id"], attribution="set")

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


def _searched(delivery: Delivery) -> Some:
    return (yield from _application(delivery, "find application", searchString=required_email(delivery)))


def _application(delivery: Delivery, step: str, **asked: str) -> Some:
    """Theirs on this job, whatever became of either. A page that shows what the one before it showed is the last."""
    email, job_id = required_email(delivery), whole_number(delivery.ats_job_id, what="job_id")
    shown: str | None = None
    for page in range(1, _MAX_PAGES + 1):
        kept = yield reading(
            step if page == 1 else f"{step}, page {page}",
            "/applicant_tracking/applications",
            partial(_of_email_and_job, email, job_id),
            jobId=str(job_id),
            applicationStatus="ALL",
            jobStatusGroups="ALL",
            page=str(page),
            **asked,
        )
        if "more" not in kept:
            return kept
        if kept["more"] == shown:
            return {}
        shown = kept["more"]
    raise Unknown(f"{step}: more than {_MAX_PAGES} pages")


def _is_closed(job: Kept) -> bool:
    return job.get("state", "").casefold() in _CLOSED


def _state_of(job_id: int, reply: Reply) -> Kept:
    """The job's status label; {} where jobs may not be read or this one is not shown."""
    if reply.status == HTTPStatus.FORBIDDEN:
        return {}
    found = document(require_success(reply))
    for row in found if isinstance(found, list) else []:
        if number_at(row, "id") == job_id:
            return {"state": text_at(row, "status", "label") or "without a status"}
    return {}


def _of_email_and_job(email: str, job_id: int, reply: Reply) -> Kept:
    """`searchString` is a search in words: rows are compared here. `more`: the last row of a page with one after it."""
    found = rows(require_success(reply), "applications")
    for row in found:
        same = (text_at(row, "applicant", "email") or "").casefold() == email.casefold()
        number, person = number_at(row, "id"), text_at(row, "applicant", "id")
        if same and number is not None and number_at(row, "job", "id") == job_id:
            told = {"candidate_id": person} if person else {}
            return {"application_id": str(number), **told}
    more = at(document(reply), "paginationComplete") is False or text_at(document(reply), "nextPageUrl") is not None
    return {"more": (text_at(found[-1], "id") if found else None) or "none"} if more else {}


def _created(reply: Reply) -> Kept:
    """The application's number is all it tells."""
    if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise Unknown(f"{reply.step}: HTTP 503, not available; it may have been at work already")
    if reply.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise _refusal(reply)
    made = document(require_success(reply))
    number = number_at(made[0] if isinstance(made, list) and made else made, "candidateId")  # older: in a list
    if number is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'candidateId'")
    return {"application_id": str(number)}


def _refusal(reply: Reply) -> DeliveryError:
    if says_job_closed(reply, reply.headers.get(_REASON, "")):
        return JobClosed(f"{reply.step}: HTTP {reply.status}, the job is closed")
    text = f"{reply.step}: HTTP {reply.status}; the job opening may ask for more than name, e-mail, phone and resume"
    return Permanent(text, code="invalid")
