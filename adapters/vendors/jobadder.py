"""JobAdder API v2: it refuses (409) a second candidate of one e-mail and a second application of one candidate.

Sources: the vendor's OpenAPI 3.0.1 "JobAdder API v2" (295 paths), as kept in Intiqo/jobadder-go-sdk@1d2dcf66
openapi.json, read 2026-11; the 409 it documents for POST /candidates and for POST /jobs/{jobId}/applications is what
makes those two calls safe to repeat; jobadderapi.zendesk.com, "OAuth2.0 Process" (360022196774) and "API Throttling"
(4410850130713). Traps: the log-in names the account's own API host; a refresh token unused for two weeks is lost; the
items of a list may be missing or null where there are none; queries are in Pascal case, bodies in camel case;
X-Allow-Duplicates would force a duplicate and is never sent; a file cannot be replaced, so an update adds one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from adapters.auth import OAuth, bearer, token_address
from adapters.base import Auth, Call, Check, Find, Push, Reply
from adapters.body import at, document, document_or_none, list_at, number_at, number_field, rows, text_at
from adapters.calls import deleting, reading, writing
from adapters.findings import finding_of, job_finding, sent_source, standing
from adapters.multipart import Part, multipart
from adapters.naming import clipped, field_names, file_name, require_pdf, require_placed, required_email, whole_number
from adapters.paging import Some
from adapters.status import error_of, require_success, unless_fresh
from schemas.delivery import SOURCE, Delivery, Receipt
from schemas.errors import ConfigError, JobClosed, Unknown
from schemas.journal import Kept
from schemas.vendor import VendorFacts

_BASE: Final = "https://api.jobadder.com/v2"
_TOKENS: Final = "https://id.jobadder.com/connect/token"
_PAGE: Final = 100
_MAX_PAGES: Final = 20
_MAX_NAMESAKES: Final = 5  # profiles looked into when the address is not a profile's first one
_MAX_EMAIL: Final = 100  # AddCandidateCommand.email
_MAX_PHONE: Final = 50
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    base_url: str = _BASE
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    token_url: str = ""

    facts: ClassVar = VendorFacts(
        title="JobAdder",
        capability="native",
        dedupe_key="409 on the candidate's e-mail, 409 on (candidate, job); attachment by our key in its name",
        max_pdf_bytes=20_000_000,
        attach_level="application",
        update="add_pdf",
        erase="delete",
        source='source of candidate and application is the text "FactoryFix"',
        silent="adding a candidate to a job mails nobody",
        read_back=True,
        rate_per_s=5.0,
        burst=10.0,
        settle_s=60.0,
        session_idle_s=1_209_600.0,
        max_name_chars=50,
        sources=(
            "JobAdder API v2, OpenAPI 3.0.1, in github.com/Intiqo/jobadder-go-sdk@1d2dcf66, 2026-11",
            "jobadderapi.zendesk.com/hc/en-us/articles/360022196774 (log-in), 2026-11",
            "jobadderapi.zendesk.com/hc/en-us/articles/4410850130713-API-Throttling (no number), 2026-11",
            "no limit of a file is documented",
        ),
    )

    def __post_init__(self) -> None:
        if not self.access_token and not (self.client_id and self.client_secret and self.refresh_token):
            raise ConfigError("jobadder: credentials need client_id, client_secret and refresh_token, or access_token")

    def auth(self) -> Auth:
        if self.access_token:
            return bearer(self.access_token)
        return OAuth(
            token_url=token_address(self.token_url, self.base_url, vendors=_TOKENS, path="/connect/token"),
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            client_in="form",
            follow_base="api",
        )

    def push(self, delivery: Delivery, /) -> Push:
        if delivery.kind == "erase":
            return (yield from self._erase(delivery))
        if delivery.kind == "update":
            return (yield from _attached(delivery, require_placed(delivery, "application_id")))
        return (yield from self._create(delivery))

    def find(self, delivery: Delivery, step: str, /) -> Find:
        """Only the attachment is looked for: the other writes are refused by JobAdder where they are repeated."""
        application = delivery.placed and delivery.placed.application_id
        if not application:
            candidate = yield from _candidate(delivery)
            application = (yield from _application(candidate["candidate_id"], delivery)).get("application_id")
        if application is None:
            raise Unknown(f"{step}: its application cannot be seen")
        return (yield from _attachment(application, delivery.key)) or None

    def check(self, ats_job_id: str | None, /) -> Check:
        user = yield reading("read the user", "/users/current", standing)
        people = yield reading("read candidates", "/candidates", standing, Limit="1")
        found = (
            finding_of(user, "credentials", remedy="connect JobAdder again"),
            finding_of(
                people, "read candidates", remedy="connect again with the scopes read, write and offline_access"
            ),
            sent_source(),
        )
        if ats_job_id is None:
            return found
        job = yield reading("see job", f"/jobs/{whole_number(ats_job_id, what='job_id')}", _state_or_absent)
        return (*found, job_finding(job.get("state"), is_open="state" in job and "closed" not in job))

    def _create(self, delivery: Delivery) -> Push:
        job_id = whole_number(delivery.ats_job_id, what="job_id")
        if "closed" in (yield reading("see job", f"/jobs/{job_id}", _state)):
            raise JobClosed("the job is closed in JobAdder")
        candidate = yield self._create_candidate(delivery)
        if "candidate_id" not in candidate:
            candidate = yield from _candidate(delivery)
        application = yield _create_application(job_id, candidate["candidate_id"])
        if "application_id" not in application:
            application = yield from _application(candidate["candidate_id"], delivery)
        if "application_id" not in application:
            raise Unknown("find application: JobAdder says it exists, but does not show it")
        placed = Receipt(
            candidate_id=candidate["candidate_id"],
            application_id=application["application_id"],
            attribution="set" if application.get("source", SOURCE) == SOURCE else "kept_existing",
            adopted=candidate.get("source", SOURCE) != SOURCE or application.get("source", SOURCE) != SOURCE,
        )
        return (yield from _attached(delivery, placed))

    def _erase(self, delivery: Delivery) -> Push:
        """Removed at the candidate's request. A person the employer had before is the employer's to remove."""
        placed = delivery.placed or Receipt()
        if placed.candidate_id is None or placed.adopted:
            return replace(placed, note="erase_by_employer")
        number = whole_number(placed.candidate_id, what="candidate_id")
        yield deleting("remove candidate", f"/candidates/{number}/privacy")
        return replace(placed, note=None)

    def _create_candidate(self, delivery: Delivery) -> Call:
        person, limit = delivery.person, self.facts.max_name_chars
        body = {
            "firstName": clipped(person.first_name, limit),
            "lastName": clipped(person.last_name, limit),
            "email": required_email(delivery, limit=_MAX_EMAIL),
            "source": SOURCE,
        }
        if person.phone:
            body["phone"] = clipped(person.phone, _MAX_PHONE)
        return writing("create candidate", "/candidates", body, _created, repeat="safe")


def _create_application(job_id: int, candidate_id: str) -> Call:
    body = {"candidateId": [int(candidate_id)], "source": SOURCE}
    read = partial(_applied, candidate_id)
    return writing("create application", f"/jobs/{job_id}/applications", body, read, repeat="safe")


def _application(candidate_id: str, delivery: Delivery) -> Some:
    read = partial(_application_of, candidate_id, delivery.ats_job_id)
    return (
        yield from _listed(
            "find application", "/applications", read, CandidateId=candidate_id, JobId=delivery.ats_job_id
        )
    )


def _attached(delivery: Delivery, placed: Receipt) -> Push:
    application = placed.application_id or ""
    there: Kept = {}
    if placed.adopted or delivery.kind == "update":
        there = yield from _attachment(application, delivery.key)
    if not there:
        there = yield _attach(delivery, application)
    return replace(placed, attachment_id=there["attachment_id"])


def _attach(delivery: Delivery, application_id: str) -> Call:
    """As type Other: a Resume would stand beside, or push aside, the one the employer has."""
    pdf = require_pdf(delivery)
    part = Part(name="fileData", content=pdf.content, file_name=file_name(delivery), media_type="application/pdf")
    content_type, body = multipart([part])
    return Call(
        step="attach profile",
        method="POST",
        path=f"/applications/{whole_number(application_id, what='application_id')}/attachments/Other",
        headers={"Content-Type": content_type, "Accept": "application/json"},
        body=body,
        read=lambda reply: {"attachment_id": number_field(_accepted(unless_fresh(reply)), "attachmentId")},
    )


def _candidate(delivery: Delivery) -> Some:
    """The profile that made JobAdder answer 409. Raises Unknown while the search does not show it: it lags behind."""
    email = required_email(delivery, limit=_MAX_EMAIL)
    found = yield from _listed("find candidate", "/candidates", partial(_of_email, email), Email=email)
    if "candidate_id" in found:
        return found
    for number, candidate_id in enumerate(filter(None, found["others"].split(",")), start=1):
        read = partial(_with_other_email, email)
        seen = yield reading(f"see candidate {number}", f"/candidates/{candidate_id}", read)
        if "candidate_id" in seen:
            return seen
    raise Unknown("find candidate: JobAdder knows this e-mail but does not show whose it is")


def _attachment(application_id: str, key: str) -> Some:
    path = f"/applications/{whole_number(application_id, what='application_id')}/attachments"
    return (yield from _listed("find attachment", path, partial(_of_key, key), Type="Other"))


def _listed(step: str, path: str, read: Callable[[int, Reply], Kept], **asked: str) -> Some:
    """What the first page that has something says. `read` is told how many rows came before.

    A page that ends like the one before it is the last: a mock made from a document shows one example for ever.
    """
    before, last = 0, None
    for page in range(1, _MAX_PAGES + 1):
        name = step if page == 1 else f"{step}, page {page}"
        kept = yield reading(name, path, partial(read, before), **asked, Offset=str(before), Limit=str(_PAGE))
        if "more" not in kept or kept["last"] == last:
            return {told: value for told, value in kept.items() if told not in ("more", "last")}
        before, last = int(kept["more"]), kept["last"]
    raise Unknown(f"{step}: more than {_MAX_PAGES} pages")


def _state(reply: Reply) -> Kept:
    """Open unless its status is said to be no longer active. 404: the job link is wrong, or the job is hidden."""
    status = at(document(require_success(reply)), "status")
    name = text_at(status, "name")
    return (
        {"state": name or "inactive", "closed": "yes"} if at(status, "active") is False else {"state": name or "open"}
    )


def _state_or_absent(reply: Reply) -> Kept:
    return _state(reply) if reply.ok else {}


def _created(reply: Reply) -> Kept:
    """{} where the e-mail is taken (409)."""
    if reply.status == HTTPStatus.CONFLICT:
        return {}
    return {"candidate_id": number_field(_accepted(reply), "candidateId")}


def _applied(candidate_id: str, reply: Reply) -> Kept:
    """{} where the candidate is on the job already (409), or now is and the answer only counts."""
    if reply.status == HTTPStatus.CONFLICT:
        return {}
    items = _items(_accepted(unless_fresh(reply)), counted=True)
    if not items:
        return {}
    ours = [row for row in items if text_at(row, "candidate", "candidateId") in (candidate_id, None)] or items
    application = number_at(ours[0], "applicationId")
    if application is None:
        raise Unknown(f"{reply.step}: HTTP {reply.status} without 'applicationId'")
    return {"application_id": str(application)}


def _of_email(email: str, before: int, reply: Reply) -> Kept:
    """The oldest profile with this first address; else which profiles may have it as another one."""
    found = _items(require_success(reply))
    same = [row for row in found if str(row.get("email", "")).casefold() == email.casefold() and _number(row)]
    if same:
        return _kept_candidate(min(same, key=_number))
    numbers = [str(_number(row)) for row in found[:_MAX_NAMESAKES] if _number(row)]
    return {"others": ",".join(numbers), **_more(found, "candidateId", before, reply)}


def _with_other_email(email: str, reply: Reply) -> Kept:
    row = document(require_success(reply))
    others = {str(other).casefold() for other in list_at(row, "otherEmail")}
    return _kept_candidate(row) if email.casefold() in others else {}


def _kept_candidate(row: Row) -> Kept:
    return {"candidate_id": str(_number(row)), "source": text_at(row, "source") or ""}


def _number(row: Row) -> int:
    return number_at(row, "candidateId") or 0


def _application_of(candidate_id: str, job_id: str, before: int, reply: Reply) -> Kept:
    """Filtered again: a filter the vendor overlooks would show strangers' applications."""
    found = _items(require_success(reply))
    for row in found:
        application = number_at(row, "applicationId")
        if _is_of(row, candidate_id, job_id) and application is not None:
            return {"application_id": str(application), "source": text_at(row, "source") or ""}
    return _more(found, "applicationId", before, reply)


def _is_of(row: Row, candidate_id: str, job_id: str) -> bool:
    return text_at(row, "candidate", "candidateId") == candidate_id and text_at(row, "job", "jobId") == job_id


def _of_key(key: str, before: int, reply: Reply) -> Kept:
    found = _items(require_success(reply))
    for row in found:
        attachment = text_at(row, "attachmentId")
        if key in (text_at(row, "fileName") or "") and attachment:
            return {"attachment_id": attachment}
    return _more(found, "attachmentId", before, reply)


def _more(found: list[Row], number: str, before: int, reply: Reply) -> Kept:
    """Where the next page begins; {} where this was the last: a page may be shorter than was asked for."""
    seen, total = before + len(found), number_at(document(reply), "totalCount") or 0
    if not found or seen >= total:
        return {}
    return {"more": str(seen), "last": text_at(found[-1], number) or ""}


def _items(reply: Reply, *, counted: bool = False) -> list[Row]:
    """Of a list only `totalCount` is required (CandidateListRepresentation). `counted`: some may be there, unshown."""
    told = document(reply)
    if at(told, "items") is None and (
        number_at(told, "totalCount") == 0 or (counted and number_at(told, "totalCount"))
    ):
        return []
    return rows(reply, "items")


def _accepted(reply: Reply) -> Reply:
    """ErrorModel {message, errors: [{code, message, fields}]}: field names help a person; the texts may quote one."""
    if reply.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return require_success(reply)
    errors = list_at(document_or_none(reply), "errors")
    raise error_of(reply, fields=field_names(name for error in errors for name in list_at(error, "fields")))
